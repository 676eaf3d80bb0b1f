"""Splits, scaling and loaders."""
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, TensorDataset

from .simulate import mixtures


@dataclass
class Scaler:
    mean: torch.Tensor
    std: torch.Tensor

    @classmethod
    def fit(cls, values):
        return cls(values.mean(0), values.std(0) + 1e-6)

    def apply(self, values):
        return (values - self.mean) / self.std

    def undo(self, values):
        return values * self.std + self.mean


class SpectraData:
    def __init__(self, config, seed):
        spectra, concentration = (torch.from_numpy(a) for a in mixtures(config, seed))
        a, b = int(0.75 * len(spectra)), int(0.87 * len(spectra))
        self.x_scaler = Scaler.fit(spectra[:a])
        self.y_scaler = Scaler.fit(concentration[:a])
        x, y = self.x_scaler.apply(spectra), self.y_scaler.apply(concentration)
        self.train = TensorDataset(x[:a], y[:a])
        self.valid = TensorDataset(x[a:b], y[a:b])
        self.test = TensorDataset(x[b:], y[b:])
        self.batch = config.batch
        self.generator = torch.Generator().manual_seed(seed)

    def train_loader(self):
        return DataLoader(self.train, self.batch, shuffle=True, drop_last=True, generator=self.generator)

    def valid_loader(self):
        return DataLoader(self.valid, 4 * self.batch)

    def test_loader(self):
        return DataLoader(self.test, 4 * self.batch)
