"""Conditions and power of the turbine's test runs."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import TensorDataset

RUNS = Path(__file__).resolve().parent / "runs"


@dataclass
class Scaler:
    mean: torch.Tensor
    std: torch.Tensor

    @classmethod
    def of(cls, values):
        return cls(values.mean(0), values.std(0))

    def __call__(self, values):
        return (values - self.mean) / self.std

    def back(self, values):
        return values * self.std + self.mean


def load():
    with open(RUNS / "conditions.csv", newline="") as f:
        table = [[float(v) for v in row.values()] for row in csv.DictReader(f)]
    x = torch.tensor(table)
    y = torch.from_numpy(np.load(RUNS / "power.npy")).float()
    return x, y


def prepare(val_share=0.2, seed=0):
    x, y = load()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    n_val = int(val_share * len(x))
    val, train = order[:n_val], order[n_val:]
    scale_x, scale_y = Scaler.of(x[train]), Scaler.of(y[train])
    x, y = scale_x(x), scale_y(y)
    return TensorDataset(x[train], y[train]), TensorDataset(x[val], y[val]), scale_y
