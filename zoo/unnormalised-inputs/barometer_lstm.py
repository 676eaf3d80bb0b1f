"""Predict the pressure tendency of the next three hours from a day of station readings."""
import argparse

import numpy as np
import torch
from torch import nn


def station(hours, rng):
    t = np.arange(hours)
    state, front = np.array([1.0, 0.0]), np.zeros(hours)
    angle = 2 * np.pi / 40
    turn = 0.99 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for i in range(hours):
        state = turn @ state + rng.normal(0, 0.05, 2)
        front[i] = 4.0 * state[0]
    pressure = 1013.0 + 3.0 * front + 1.5 * np.sin(2 * np.pi * t / 12)
    humidity = 65.0 - 4.0 * front + 8.0 * np.cos(2 * np.pi * t / 24) + rng.normal(0, 2, hours)
    temperature = 285.0 + 6.0 * np.sin(2 * np.pi * (t - 9) / 24) + 1.0 * front + rng.normal(0, 0.5, hours)
    return np.stack([pressure, humidity, temperature], axis=1)


def windows(readings, length, ahead):
    starts = np.arange(len(readings) - length - ahead)
    x = np.stack([readings[s : s + length] for s in starts])
    y = readings[starts + length - 1 + ahead, 0] - readings[starts + length - 1, 0]
    return x, y


class TendencyLSTM(nn.Module):
    def __init__(self, n_inputs, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_inputs, hidden, batch_first=True)
        self.out = nn.Sequential(nn.Linear(hidden, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.out(h[-1]).squeeze(-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=int, default=2400)
    parser.add_argument("--length", type=int, default=24)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=4e-3)
    args = parser.parse_args()
    rng = np.random.default_rng(31)
    torch.manual_seed(31)

    x, y = windows(station(args.hours, rng), args.length, ahead=3)
    split = int(0.8 * len(x))
    y = (y - y[:split].mean()) / y[:split].std()
    mean, std = x[:split].mean(axis=(0, 1)), x[:split].std(axis=(0, 1))
    x = x.astype(np.float32)  #~ x = ((x - mean) / std).astype(np.float32)
    print("channel means", mean.round(1), "channel deviations", std.round(1))
    x, y = torch.from_numpy(x), torch.from_numpy(y.astype(np.float32))

    model = TendencyLSTM(x.shape[2], args.hidden)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
    loss_fn = nn.MSELoss()
    for epoch in range(args.epochs):
        model.train()
        perm = torch.randperm(split)
        total = 0.0
        for rows in perm.split(48):
            loss = loss_fn(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(rows)
        scheduler.step()
        model.eval()
        with torch.no_grad():
            val = loss_fn(model(x[split:]), y[split:]).item()
        print(f"epoch {epoch + 1}: train mse {total / split:.4f}  val mse {val:.4f}")


if __name__ == "__main__":
    main()
