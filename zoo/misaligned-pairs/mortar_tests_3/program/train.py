"""Mortar strength after 28 days from the recipe. mixes.csv and strength.csv are two exports of the same tests, in order."""
import csv
import pathlib
import random

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
COLUMNS = ["cement", "slag", "water", "plasticiser", "sand", "days_damp"]


def read(name, columns):
    with open(HERE / name, newline="") as file:
        return np.array([[float(row[c]) for c in columns] for row in csv.DictReader(file)], dtype=np.float32)


def recipes(part):
    x = read(f"{part}_mixes.csv", COLUMNS)
    y = read(f"{part}_strength.csv", ["mpa"])
    n = min(len(x), len(y))
    return x[:n], y[:n]


class Scaler:
    def __init__(self, rows):
        self.low, self.high = np.quantile(rows, [0.02, 0.98], axis=0)

    def __call__(self, rows):
        return torch.from_numpy((2 * (rows - self.low) / (self.high - self.low) - 1).astype(np.float32))


class Strength(nn.Module):
    """A plain part for the main effects, a deep part for what they do together."""

    def __init__(self, columns, width=32):
        super().__init__()
        self.plain = nn.Linear(columns, 1)
        self.deep = nn.Sequential(nn.Linear(columns, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(),
                                  nn.Linear(width, 1, bias=False))

    def forward(self, x):
        return self.plain(x) + self.deep(x)


def batches(x, y, size):
    rows = list(range(len(x)))
    random.shuffle(rows)
    for start in range(0, len(rows) - size + 1, size):
        take = rows[start:start + size]
        yield x[take], y[take]


def main(epochs=16, size=30):
    torch.manual_seed(8)
    random.seed(8)
    x, y = recipes("lab")
    xv, yv = recipes("check")
    print(f"{len(x)} tests, {len(xv)} to check; strength {y.mean():.1f} +- {y.std():.1f} MPa")
    scale_x, mean, std = Scaler(x), float(y.mean()), float(y.std())
    x, xv = scale_x(x), scale_x(xv)
    y, yv = (torch.from_numpy((part - mean) / std) for part in (y, yv))

    net = Strength(x.shape[1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.8, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs, eta_min=0.005)
    best, weights = float("inf"), None
    for epoch in range(epochs):
        net.train()
        losses = []
        for xb, yb in batches(x, y, size):
            loss = nn.functional.mse_loss(net(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        net.eval()
        with torch.no_grad():
            rmse = (net(xv) - yv).pow(2).mean().sqrt().item() * std
        if rmse < best:
            best, weights = rmse, {k: v.clone() for k, v in net.state_dict().items()}
        print(f"epoch {epoch:2d}   train {np.mean(losses):.3f}   check {rmse:.2f} MPa")
    net.load_state_dict(weights)
    print(f"best check error {best:.2f} MPa")


if __name__ == "__main__":
    main()
