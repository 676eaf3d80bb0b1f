"""Yield of a chemical process from seven settings: a plain multilayer perceptron."""
import json
import sys

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build(sizes, inputs):
    layers, width = [], inputs
    for size in sizes:
        layers += [nn.Linear(width, size), nn.ReLU()]
        width = size
    head = nn.Linear(width, 1, bias=False)
    nn.init.normal_(head.weight, std=0.02)
    return nn.Sequential(*layers, head)


def load(path, parts=(0.7, 0.15, 0.15)):
    table = np.load(path)
    mean, spread = table[:, -1].mean(), table[:, -1].std()
    x = torch.from_numpy(table[:, :-1] * 2 - 0.8)
    y = torch.from_numpy((table[:, -1:] - mean) / spread)
    a = int(parts[0] * len(table))
    b = a + int(parts[1] * len(table))
    return [TensorDataset(x[i:j], y[i:j]) for i, j in ((0, a), (a, b), (b, len(table)))], spread


def score(model, dataset):
    x, y = dataset.tensors
    model.eval()
    with torch.no_grad():
        residual = model(x) - y
    model.train()
    return (residual ** 2).mean().item(), 1 - ((residual ** 2).mean() / y.var()).item()


def fit(model, train_set, val_set, experiment):
    loader = DataLoader(train_set, batch_size=experiment["batch_size"], shuffle=False)
    o = experiment["optimizer"]
    optimizer = torch.optim.Adam(model.parameters(), lr=o["lr"], betas=(0.95, 0.999), eps=o["eps"], weight_decay=o["weight_decay"])
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, experiment["epochs"], eta_min=o["lr"] / 20)
    criterion = nn.SmoothL1Loss()
    for epoch in range(experiment["epochs"]):
        running = torch.zeros(())
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running += loss.detach()
        scheduler.step()
        mse, r2 = score(model, val_set)
        print(f"[{experiment['name']}] epoch {epoch + 1:2d}  loss {running / len(loader):.4f}  val mse {mse:.4f}  r2 {r2:.3f}")


def main(path="experiment.json"):
    with open(path) as f:
        experiment = json.load(f)
    torch.manual_seed(77)
    (train_set, val_set, test_set), spread = load("process.npy")
    model = build(experiment["layers"], train_set.tensors[0].shape[1])
    print(model)
    fit(model, train_set, val_set, experiment)
    mse, r2 = score(model, test_set)
    print(f"test: rmse {spread * mse ** 0.5:.3f} (units of yield), r2 {r2:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
