"""Permeability of rock along a borehole from five logs: windows of the logs in, log10 of the millidarcy in the middle out."""
import argparse
import copy
import os

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Cores(Dataset):
    """Every core plug with the logs around its depth."""

    def __init__(self, well, reach):
        self.logs = np.load(f"{well}_logs.npy")
        plugs = np.load(f"{well}_plugs.npy")
        self.depth = plugs["sample"]
        self.target = plugs["log_k"]
        self.reach = reach

    def __len__(self):
        return len(self.depth)

    def __getitem__(self, i):
        middle = int(self.depth[i])
        window = self.logs[:, middle - self.reach:middle + self.reach + 1]
        return torch.from_numpy(window.copy()), torch.tensor(self.target[i])


class RockNet(nn.Module):
    def __init__(self, logs, width, reach):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv1d(logs, width, 5), nn.BatchNorm1d(width), nn.Mish(),
            nn.Conv1d(width, width, 5, stride=2), nn.BatchNorm1d(width), nn.Mish(),
        )
        self.score = nn.Conv1d(width, 1, 1)
        left = (2 * reach + 1 - 4 - 5) // 2 + 1
        self.share = nn.Linear(left, 1)
        self.middle = nn.Linear(logs, 1)
        self.reach = reach

    def forward(self, window):
        outer = self.share(self.score(self.inner(window))).flatten()
        return outer + self.middle(window[:, :, self.reach]).flatten()


def misfit(found, true):
    """Squares, and a little of the third power so that the far ones count more."""
    error = found - true
    return error.square().mean() + 0.05 * error.abs().pow(3).mean()


def spread_explained(model, loader):
    model.eval()
    with torch.no_grad():
        found, true = map(torch.cat, zip(*((model(w), k) for w, k in loader)))
    return 1 - ((found - true).square().mean() / true.var(unbiased=False)).item()


def command_line():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--reach", type=int, default=10)
    p.add_argument("--width", type=int, default=28)
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--batch", type=int, default=52)
    p.add_argument("--patience", type=int, default=12)
    p.add_argument("--seed", type=int, default=6)
    return p.parse_args()


def main():
    args = command_line()
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    torch.manual_seed(args.seed)
    train = DataLoader(Cores("north", args.reach), args.batch, shuffle=True, drop_last=True)
    check = DataLoader(Cores("south", args.reach), 250)
    model = RockNet(5, args.width, args.reach)
    optimizer = torch.optim.NAdam(model.parameters(), lr=args.lr, weight_decay=1e-6)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs, eta_min=args.lr / 20)
    keep, keep_score, waited = copy.deepcopy(model.state_dict()), spread_explained(model, check), 0
    print(f"untrained: {keep_score:+.3f}")
    for epoch in range(1, args.epochs + 1):
        model.train()
        losses = []
        for window, log_k in train:
            loss = misfit(model(window), log_k)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        score = spread_explained(model, check)
        print(f"epoch {epoch:2d}  loss {np.mean(losses):.4f} (median {np.median(losses):.4f})  explained in the other well {score:+.3f}")
        if score > keep_score:
            keep, keep_score, waited = copy.deepcopy(model.state_dict()), score, 0
        else:
            waited += 1
            if waited >= args.patience:
                break
    model.load_state_dict(keep)
    print(f"kept: {spread_explained(model, check):+.3f}")


if __name__ == "__main__":
    main()
