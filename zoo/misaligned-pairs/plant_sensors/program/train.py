"""Predict the yield of a reactor run and whether it needs rework, from its sensor summary."""
import argparse
import pathlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class TwoHeads(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(inputs, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
        )
        self.amount = nn.Linear(width, 1)
        self.rework = nn.Linear(width, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.amount(h).squeeze(-1), self.rework(h).squeeze(-1)


def load(folder, part):
    sensors = np.load(folder / f"{part}_sensors.npy")
    outcome = np.loadtxt(folder / f"{part}_outcome.csv", delimiter=",", skiprows=1)
    return torch.from_numpy(sensors), torch.from_numpy(outcome[:, 1]).float(), torch.from_numpy(outcome[:, 2]).float()


def report(model, x, amount, rework):
    model.eval()
    with torch.no_grad():
        a, r = model(x)
    rmse = F.mse_loss(a, amount).sqrt().item()
    hits = ((r > 0).float() == rework).float().mean().item()
    return rmse, hits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=str(pathlib.Path(__file__).parent / "plant"))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rework-weight", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=6)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    folder = pathlib.Path(args.data)
    x, amount, rework = load(folder, "train")
    x_val, amount_val, rework_val = load(folder, "val")
    centre, scale = amount.mean(), amount.std()
    amount, amount_val = (amount - centre) / scale, (amount_val - centre) / scale
    loader = DataLoader(TensorDataset(x, amount, rework), args.batch_size, shuffle=True, drop_last=True)

    model = TwoHeads(x.shape[1], 64)
    heads = list(model.amount.parameters()) + list(model.rework.parameters())
    optimizer = torch.optim.Adam([
        {"params": model.trunk.parameters(), "lr": 3e-3},
        {"params": heads, "lr": 1e-3},
    ], weight_decay=1e-5)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs, eta_min=1e-4)

    for epoch in range(1, args.epochs + 1):
        model.train()
        parts = torch.zeros(2)
        for xb, ab, rb in loader:
            a, r = model(xb)
            fit = F.mse_loss(a, ab)
            decide = F.binary_cross_entropy_with_logits(r, rb)
            loss = fit + args.rework_weight * decide
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            parts += torch.stack([fit.detach(), decide.detach()])
        scheduler.step()
        if epoch % 2 == 0:
            rmse, hits = report(model, x_val, amount_val, rework_val)
            fit, decide = (parts / len(loader)).tolist()
            print(f"epoch {epoch:2d}  fit {fit:.4f}  rework {decide:.4f}  |  val rmse {rmse:.4f}  rework accuracy {hits:.3f}")


if __name__ == "__main__":
    main()
