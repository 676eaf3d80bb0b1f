"""Density and moisture of wood samples from their near-infrared spectra.

spectra/*.npy     absorbances of the samples, one file per day at the instrument
laboratory.csv    what the laboratory measured later, one row per sample
"""
import csv
import pathlib

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, Subset

ROOT = pathlib.Path(__file__).resolve().parent
TARGETS = ("density", "moisture")


class WoodSamples(Dataset):
    def __init__(self, root):
        days = sorted((root / "spectra").glob("*.npy"))
        self.spectra = np.concatenate([np.load(day) for day in days])
        with open(root / "laboratory.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.values = np.array([[float(row[t]) for t in TARGETS] for row in rows], dtype=np.float32)
        assert len(self.values) == len(self.spectra), "a sample is missing"
        # scatter correction: every spectrum to zero mean and unit spread
        self.spectra -= self.spectra.mean(axis=1, keepdims=True)
        self.spectra /= self.spectra.std(axis=1, keepdims=True)

    def scale_targets(self, rows):
        self.centre, self.spread = self.values[rows].mean(0), self.values[rows].std(0)

    def __len__(self):
        return len(self.spectra)

    def __getitem__(self, i):
        return self.spectra[i], (self.values[i] - self.centre) / self.spread


class SpectrumNet(nn.Module):
    def __init__(self, bands, channels=16):
        super().__init__()
        self.filters = nn.Conv1d(1, channels, 9, stride=3)
        self.mix = nn.Conv1d(channels, channels, 5, stride=2)
        length = self.mix(self.filters(torch.zeros(1, 1, bands))).shape[-1]
        self.neck = nn.Linear(channels * length, 32)
        self.heads = nn.ModuleDict({name: nn.Linear(32, 1) for name in TARGETS})

    def forward(self, spectra):
        h = torch.relu(self.filters(spectra.unsqueeze(1)))
        h = torch.relu(self.mix(h)).flatten(1)
        h = torch.relu(self.neck(h))
        return torch.cat([self.heads[name](h) for name in TARGETS], dim=1)


class Calibration:
    def __init__(self, samples, rows, val_rows, lr=0.012, accumulate=2):
        self.samples = samples
        self.accumulate = accumulate
        self.train_loader = DataLoader(Subset(samples, rows), batch_size=16, shuffle=True)
        self.val_loader = DataLoader(Subset(samples, val_rows), batch_size=128)
        self.net = SpectrumNet(samples.spectra.shape[1])
        self.optimizer = torch.optim.Adagrad(self.net.parameters(), lr=lr, initial_accumulator_value=0.01)
        self.criterion = nn.L1Loss()
        self.history = []

    def epoch(self):
        self.net.train()
        total = 0.0
        for k, (spectra, values) in enumerate(self.train_loader, start=1):
            loss = self.criterion(self.net(spectra), values)
            (loss / self.accumulate).backward()
            if k % self.accumulate == 0 or k == len(self.train_loader):
                self.optimizer.step()
                self.optimizer.zero_grad()
            total += loss.item()
        return total / len(self.train_loader)

    @torch.no_grad()
    def explained(self):
        self.net.eval()
        guesses, truths = zip(*[(self.net(s), v) for s, v in self.val_loader])
        guess, truth = torch.cat(guesses), torch.cat(truths)
        return 1 - (guess - truth).pow(2).sum(0) / (truth - truth.mean(0)).pow(2).sum(0)

    def run(self, epochs):
        for number in range(1, epochs + 1):
            loss = self.epoch()
            explained = self.explained()
            self.history.append(explained.mean().item())
            if number % 3 == 0:
                print(f"epoch {number:2d}  mean error {loss:.3f}  explained: " +
                      ", ".join(f"{name} {value:.3f}" for name, value in zip(TARGETS, explained.tolist())))
        print(f"best mean share explained {max(self.history):.3f}")


if __name__ == "__main__":
    torch.manual_seed(15)
    samples = WoodSamples(ROOT)
    order = torch.randperm(len(samples)).tolist()
    cut = int(0.8 * len(order))
    samples.scale_targets(order[:cut])
    print(f"{cut} samples to calibrate, {len(order) - cut} to check, {samples.spectra.shape[1]} bands")
    Calibration(samples, order[:cut], order[cut:]).run(epochs=15)
