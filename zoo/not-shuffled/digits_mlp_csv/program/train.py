"""Digits from a spreadsheet: 64 grey values and the digit in each row."""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class DigitTable(Dataset):
    def __init__(self, path, part):
        table = np.loadtxt(path, delimiter=",", dtype=np.float32)
        held_out = np.arange(len(table)) % 5 == 4
        table = table[held_out] if part == "val" else table[~held_out]
        self.x = torch.from_numpy(table[:, :-1]) / 8.0 - 1.0
        self.y = torch.from_numpy(table[:, -1]).long()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def build_model():
    return nn.Sequential(
        nn.Linear(64, 80),
        nn.LayerNorm(80),
        nn.ReLU(),
        nn.Linear(80, 40),
        nn.ReLU(),
        nn.Linear(40, 10),
    )


def train_one_epoch(model, loader, optimizer, criterion):
    model.train()
    total, right = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        scores = model(x)
        loss = criterion(scores, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        right += (scores.argmax(1) == y).sum().item()
    return total / len(loader.dataset), right / len(loader.dataset)


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return right / len(loader.dataset)


def main():
    torch.manual_seed(1)
    path = Path(__file__).parent / "digits.csv"
    loader = DataLoader(DigitTable(path, "train"), batch_size=32)
    val_loader = DataLoader(DigitTable(path, "val"), batch_size=120)
    model = build_model()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(8):
        loss, accuracy = train_one_epoch(model, loader, optimizer, criterion)
        print(f"epoch {epoch}  loss {loss:.4f}  accuracy {accuracy:.3f}  val accuracy {evaluate(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
