"""Benign or malignant. The network's layout and first weights come from initial.json."""

import json
import pathlib

import numpy as np
import torch
from torch import nn, optim

HERE = pathlib.Path(__file__).resolve().parent


def network(path):
    description = json.loads(path.read_text())
    sizes = description["sizes"]
    modules = []
    for k, layer in enumerate(description["layers"]):
        linear = nn.Linear(sizes[k], sizes[k + 1])
        linear.weight.data = torch.tensor(layer["weight"])
        linear.bias.data = torch.tensor(layer["bias"])
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def table(path, val=114):
    values = np.loadtxt(path, delimiter=",", dtype=np.float32)
    x, y = torch.from_numpy(values[:, :-1]), torch.from_numpy(values[:, -1]).long()
    centre, spread = x[val:].mean(0), x[val:].std(0)
    x = (x - centre) / spread
    return (x[val:], y[val:]), (x[:val], y[:val])


def main(epochs=20, batch=35):
    generator = torch.Generator().manual_seed(15)
    (x, y), (x_val, y_val) = table(HERE / "cells.csv")
    net = network(HERE / "initial.json")
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.8)
    print(net)

    for epoch in range(1, epochs + 1):
        net.train()
        total = 0.0
        for rows in torch.randperm(len(x), generator=generator).split(batch):
            optimizer.zero_grad()
            loss = criterion(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        if epoch % 4 == 0:
            net.eval()
            with torch.no_grad():
                scores = net(x_val)
                val_loss = criterion(scores, y_val).item()
                accuracy = (scores.argmax(1) == y_val).float().mean().item()
            print(f"epoch {epoch:2d}: loss {total / len(x):.4f}, val loss {val_loss:.4f}, val accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
