"""Recognise handwritten digits (8×8 pixels, UCI) with a small convolutional network."""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ConvNet(nn.Module):
    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(2 * width * 16, 10))
        nn.init.zeros_(self.head[-1].weight)

    def forward(self, images):
        return self.head(self.features(images)).log_softmax(dim=1)


def read(file):
    with np.load(file) as data:
        sets = [(data[f"{name}_images"], data[f"{name}_labels"]) for name in ("train", "val")]
    for images, labels in sets:
        pixels = torch.from_numpy(images).float().unsqueeze(1) / 16
        yield TensorDataset(pixels - pixels.mean(), torch.from_numpy(labels))


def validate(model, loader):
    model.eval()
    with torch.no_grad():
        right = sum((model(images).argmax(1) == labels).sum().item() for images, labels in loader)
    return right / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).with_name("digits.npz"))
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-2)
    parser.add_argument("--momentum", type=float, default=0.95)
    parser.add_argument("--weight-decay", type=float, default=1e-2)
    parser.add_argument("--dropout", type=float, default=0.4)
    args = parser.parse_args()

    torch.manual_seed(0)
    train_set, val_set = read(args.data)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, drop_last=True)
    val_loader = DataLoader(val_set, batch_size=256)

    model = ConvNet(width=8, dropout=args.dropout)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=args.weight_decay
    )
    criterion = nn.CrossEntropyLoss()

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        accuracy = validate(model, val_loader)
        print(f"epoch {epoch}  loss {total / len(train_loader):.3f}  accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
