"""Deep MLP on digits. Every run of the comparison starts from the same weights, kept in start.npz."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class DeepMLP(nn.Module):
    def __init__(self, sizes=(64, 72, 72, 72, 72, 72, 10)):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


def load_start(model, path):
    with np.load(path) as start:
        state = {name: torch.from_numpy(start[name]) for name in start.files}
    model.load_state_dict(state)
    return model


def load_data(path, n_val=360):
    with np.load(path) as file:
        x = torch.from_numpy(file["x"]) / 16
        y = torch.from_numpy(file["y"])
    mean = x[n_val:].mean()
    x = (x - mean) / x[n_val:].std()
    return TensorDataset(x[n_val:], y[n_val:]), TensorDataset(x[:n_val], y[:n_val])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--start", default="start.npz")
    options = parser.parse_args()

    torch.manual_seed(0)
    train, val = load_data("digits.npz")
    loader = DataLoader(train, batch_size=32, shuffle=True)
    val_x, val_y = val.tensors
    model = load_start(DeepMLP(), options.start)
    optimizer = torch.optim.SGD(model.parameters(), lr=options.lr, momentum=0.9)
    print(f"{sum(p.numel() for p in model.parameters())} parameters from {options.start}")

    for epoch in range(options.epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            scores = model(val_x)
            val_loss = F.cross_entropy(scores, val_y).item()
            accuracy = (scores.argmax(1) == val_y).float().mean().item()
        print(f"epoch {epoch:2d}  last batch {loss.item():.4f}  val loss {val_loss:.4f}  val accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
