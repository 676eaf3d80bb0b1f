"""Hourly bike rentals from weather and calendar (generated), an MLP with Adam."""
import argparse

import numpy as np
import torch
from torch import nn


def rentals(n, seed):
    rng = np.random.default_rng(seed)
    hour, weekend = rng.integers(0, 24, n), rng.random(n) < 2 / 7
    temperature, rain = rng.normal(15, 8, n), rng.gamma(0.3, 2.0, n)
    commute = np.exp(-(hour - 8.5) ** 2 / 3) + np.exp(-(hour - 17.5) ** 2 / 4)
    leisure = np.exp(-(hour - 14) ** 2 / 18)
    demand = np.where(weekend, 1.3 * leisure, commute + 0.5 * leisure)
    demand = demand * np.exp(-((temperature - 24) / 18) ** 2) * np.exp(-0.3 * rain) + 0.03 * rng.normal(size=n)
    angle = 2 * np.pi * hour / 24
    columns = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle), weekend, temperature, rain]
    return np.stack(columns, axis=1).astype(np.float32), demand.astype(np.float32)[:, None]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument("--l2", type=float, default=1.0)  #~ parser.add_argument("--l2", type=float, default=1e-5)
    args = parser.parse_args()
    torch.manual_seed(0)

    x, y = rentals(2500, seed=0)
    train, val = slice(0, 2000), slice(2000, None)
    x = torch.from_numpy((x - x[train].mean(0)) / x[train].std(0))
    y = torch.from_numpy((y - y[train].mean()) / y[train].std())

    model = nn.Sequential(nn.Linear(7, 48), nn.LeakyReLU(), nn.Linear(48, 48), nn.LeakyReLU(), nn.Linear(48, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, weight_decay=args.l2)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=4)
    mse = nn.MSELoss()
    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for idx in torch.randperm(2000).split(args.batch_size):
            optimizer.zero_grad()
            loss = mse(model(x[train][idx]), y[train][idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        model.eval()
        with torch.no_grad():
            val_mse = mse(model(x[val]), y[val]).item()
        scheduler.step(val_mse)
        if epoch % 5 == 0:
            r2 = 1 - val_mse / y[val].var().item()
            print(f"epoch {epoch}: train mse {total / 2000:.4f}, val mse {val_mse:.4f}, R2 {r2:.3f}")


if __name__ == "__main__":
    main()
