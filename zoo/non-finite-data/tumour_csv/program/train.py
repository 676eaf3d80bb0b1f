"""Benign or malignant, from thirty measurements of the cell nuclei (standard scores)."""

import argparse
import pathlib

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def read_table(path):
    with open(path) as f:
        names = f.readline().strip().split(",")
    values = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    return names, torch.from_numpy(values)


class Classifier(nn.Module):
    def __init__(self, inputs, hidden=24):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x))).squeeze(1)


def validate(model, loader, criterion):
    model.eval()
    loss = right = n = 0
    with torch.no_grad():
        for x, y in loader:
            score = model(x)
            loss += criterion(score, y).item() * len(y)
            right += ((score > 0).float() == y).sum().item()
            n += len(y)
    return loss / n, right / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", default=pathlib.Path(__file__).resolve().parent / "measurements.csv")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--lr", type=float, default=5e-3)
    args = parser.parse_args()
    torch.manual_seed(10)

    names, values = read_table(args.table)
    x, y = values[:, :-1], values[:, -1]
    print(f"{len(values)} patients, {x.shape[1]} measurements, last column {names[-1]!r}: {y.mean():.2f}")
    train, val = random_split(TensorDataset(x, y), [455, len(x) - 455])
    train_loader = DataLoader(train, batch_size=20, shuffle=True)
    val_loader = DataLoader(val, batch_size=len(val))

    model = Classifier(x.shape[1])
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
        val_loss, val_accuracy = validate(model, val_loader, criterion)
        if epoch % 3 == 2:
            print(f"epoch {epoch + 1:2d}: train {total / len(train):.4f}  val {val_loss:.4f}  accuracy {val_accuracy:.3f}")


if __name__ == "__main__":
    main()
