"""Recognise the weave of a fabric from a 16x16 colour picture."""

from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from data import loaders
from model import TextureNet


def validate(model, loader):
    model.eval()
    total = right = count = 0
    with torch.no_grad():
        for x, y in loader:
            scores = model(x)
            total += cross_entropy(scores, y, reduction="sum").item()
            right += (scores.argmax(1) == y).sum().item()
            count += len(y)
    return total / count, right / count


def main(epochs=8):
    torch.manual_seed(0)
    train_loader, val_loader = loaders(Path(__file__).resolve().parent)
    model = TextureNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)

    for epoch in range(1, epochs + 1):
        model.train()
        total = count = 0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        val_loss, val_accuracy = validate(model, val_loader)
        print(f"epoch {epoch} train {total / count:.4f} val {val_loss:.4f} accuracy {val_accuracy:.3f}", flush=True)


if __name__ == "__main__":
    main()
