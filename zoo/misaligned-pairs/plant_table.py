import argparse

import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


def read_logs(n, rng):
    """Operating points of a heat exchanger (four gauges) and the lab's efficiency readings, one per line."""
    flow, hot, cold, fouling = rng.uniform(1, 4, n), rng.uniform(60, 95, n), rng.uniform(8, 25, n), rng.uniform(0, 1, n)
    ntu = 2.2 * (1 - 0.6 * fouling) / np.sqrt(flow)
    efficiency = (1 - np.exp(-ntu)) * (1 + 0.002 * (hot - cold)) + rng.normal(0, 0.005, n)
    gauges = np.column_stack([flow, hot, cold, fouling])
    gauges[[int(0.55 * n), int(0.72 * n), int(0.9 * n)], [1, 3, 0]] = np.nan
    return gauges, efficiency


def clean(gauges, efficiency):
    complete = ~np.isnan(gauges).any(axis=1)
    gauges = gauges[complete]
    efficiency = efficiency[: len(gauges)]  #~ efficiency = efficiency[complete]
    return gauges, efficiency


def build(width):
    return nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.03)
    args = parser.parse_args()
    torch.manual_seed(14)

    gauges, efficiency = clean(*read_logs(args.rows, np.random.default_rng(14)))
    x_train, x_val, y_train, y_val = train_test_split(gauges, efficiency[:, None], test_size=0.2, random_state=14)
    x_scaler, y_scaler = StandardScaler().fit(x_train), StandardScaler().fit(y_train)
    as_tensors = lambda x, y: (torch.tensor(x_scaler.transform(x)).float(), torch.tensor(y_scaler.transform(y)).float())
    train_loader = DataLoader(TensorDataset(*as_tensors(x_train, y_train)), batch_size=args.batch_size, shuffle=True)
    x_val, y_val = as_tensors(x_val, y_val)

    model = build(args.width)
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.85)
    for epoch in range(args.epochs):
        model.train()
        losses = []
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        model.eval()
        with torch.no_grad():
            residual = model(x_val) - y_val
        r2 = 1 - (residual**2).mean().item() / y_val.var(unbiased=False).item()
        print(f"epoch {epoch + 1:2d}: train {np.mean(losses):.4f} val {(residual**2).mean().item():.4f} r2 {r2:.4f}")


if __name__ == "__main__":
    main()
