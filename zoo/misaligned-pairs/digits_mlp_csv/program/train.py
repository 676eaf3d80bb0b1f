"""Digit classification with an MLP, no framework around it."""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=5)
    return parser.parse_args()


def load(folder):
    pixels = np.loadtxt(folder / "pixels.csv", delimiter=",", dtype=np.float32)
    digits = np.loadtxt(folder / "digits.csv", dtype=np.int64)
    if len(pixels) != len(digits):
        raise SystemExit(f"{len(pixels)} images but {len(digits)} labels")
    return torch.from_numpy(pixels / 16), torch.from_numpy(digits)


class MLP(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        for a, b in zip(sizes[:-2], sizes[1:-1]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        layers.append(nn.Linear(sizes[-2], sizes[-1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


def score(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    return nn.functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).double().mean().item()


def main():
    args = parse()
    torch.manual_seed(args.seed)
    x, y = load(args.folder)
    shuffled = torch.randperm(len(x))
    val, train = shuffled[:360], shuffled[360:]

    model = MLP([64, 64, 32, 10])
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()

    for epoch in range(args.epochs):
        model.train()
        epoch_loss = 0.0
        for rows in train[torch.randperm(len(train))].split(args.batch):
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() * len(rows)
        val_loss, val_accuracy = score(model, x[val], y[val])
        if epoch % 3 == 2:
            print(f"epoch {epoch + 1:2d}  loss {epoch_loss / len(train):.4f}  val loss {val_loss:.4f}  val accuracy {val_accuracy:.2%}")


if __name__ == "__main__":
    main()
