"""Compressive strength of concrete from the mix and its age."""

import csv
import sys

import torch
import torch.nn.functional as F
from torch import nn

SEED, EPOCHS, BATCH, LR = 8, 16, 25, 0.02


def read(path):
    with open(path, newline="") as f:
        rows = list(csv.reader(f))
    names, rows = rows[0], rows[1:]
    table = torch.tensor([[float(cell) for cell in row] for row in rows])
    return names, table[:, :-1], table[:, -1]


def split_every(values, k=6):
    keep = torch.ones(len(values), dtype=torch.bool)
    keep[k - 1 :: k] = False
    return values[keep], values[~keep]


class Net(nn.Module):
    def __init__(self, inputs, width=32):
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        x = F.elu(self.first(x))
        x = F.elu(self.second(x))
        return self.last(x).squeeze(-1)


def main(path="mixes.csv"):
    torch.manual_seed(SEED)
    names, x, y = read(path)
    x_train, x_val = split_every(x)
    y_train, y_val = split_every(y)
    print(f"{len(x_train)} mixes to learn from, {len(x_val)} to check; inputs: {', '.join(names[:-1])}")

    x_mean, x_std = x_train.mean(0), x_train.std(0)
    y_mean, y_std = y_train.mean(), y_train.std()
    x_train, x_val = (x_train - x_mean) / x_std, (x_val - x_mean) / x_std
    y_train = (y_train - y_mean) / y_std

    net = Net(x.shape[1])
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=0.9)
    for epoch in range(1, EPOCHS + 1):
        net.train()
        total = 0.0
        for start in range(0, len(x_train), BATCH):
            xb = x_train[start : start + BATCH]
            yb = y_train[start : start + BATCH]
            loss = F.mse_loss(net(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        if epoch % 4 == 0:
            net.eval()
            with torch.no_grad():
                error = net(x_val) * y_std + y_mean - y_val
            print(f"epoch {epoch:2d}: loss {total / len(x_train):.4f}, validation error {error.square().mean().sqrt():.2f} MPa (spread {y_val.std():.2f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
