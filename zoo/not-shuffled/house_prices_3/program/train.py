# House prices from an export of the listings table.
import csv
import os
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass
class Config:
    epochs: int = 6
    batch: int = 40
    lr: float = 0.02
    momentum: float = 0.9
    hidden: tuple = (48, 48)
    huber: float = 1.0
    seed: int = 17


FEATURES = ["area", "rooms", "age", "distance", "floor", "garden"]


def read(name):
    with open(os.path.join(HERE, name), newline="") as handle:
        rows = list(csv.DictReader(handle))
    x = np.array([[float(row[f]) for f in FEATURES] for row in rows], dtype=np.float32)
    y = np.array([float(row["price"]) for row in rows], dtype=np.float32)
    return x, y


def batches(x, y, size):
    for start in range(0, len(x), size):
        yield x[start:start + size], y[start:start + size]


def build(config, inputs):
    layers, width = [], inputs
    for hidden in config.hidden:
        layers += [nn.Linear(width, hidden), nn.LeakyReLU(0.1)]
        width = hidden
    return nn.Sequential(*layers, nn.Linear(width, 1))


def main():
    config = Config()
    torch.manual_seed(config.seed)
    x_train, y_train = read("listings_train.csv")
    x_val, y_val = read("listings_val.csv")
    mean, std = x_train.mean(0), x_train.std(0)
    level, spread = float(y_train.mean()), float(y_train.std())
    x_train = torch.from_numpy((x_train - mean) / std)
    x_val = torch.from_numpy((x_val - mean) / std)
    y_train = torch.from_numpy((y_train - level) / spread)
    y_val = torch.from_numpy(y_val)

    model = build(config, len(FEATURES))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=config.momentum, nesterov=True, weight_decay=1e-5)
    loss_fn = nn.HuberLoss(delta=config.huber)
    print(f"{len(x_train)} listings, mean price {level:.1f}, spread {spread:.1f}")

    for epoch in range(config.epochs):
        model.train()
        seen, total = 0, 0.0
        for xb, yb in batches(x_train, y_train, config.batch):
            prediction = model(xb).squeeze(1)
            loss = loss_fn(prediction, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
            seen += len(yb)

        model.eval()
        with torch.no_grad():
            guess = model(x_val).squeeze(1) * spread + level
        mae = (guess - y_val).abs().mean().item()
        r2 = 1 - ((guess - y_val) ** 2).sum() / ((y_val - y_val.mean()) ** 2).sum()
        print(f"epoch {epoch:2d}  loss {total / seen:.4f}  val MAE {mae:7.2f}  bias {(guess - y_val).mean():+8.2f}  R2 {r2:.3f}")


if __name__ == "__main__":
    main()
