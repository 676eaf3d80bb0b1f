"""Electronic nose: the network trained on spirits gets a new head for grape varieties and is fitted to wines."""
import argparse
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn

GRAPES = ("riesling", "merlot", "syrah", "malbec", "gamay", "pinot")


def load_body(path):
    with np.load(path) as stored:
        layers = OrderedDict()
        for i in range(len(stored.files) // 2):
            weight = torch.from_numpy(stored[f"layer{i}.weight"])
            layers[f"layer{i}"] = nn.Linear(weight.shape[1], weight.shape[0])
            layers[f"act{i}"] = nn.ReLU()
            with torch.no_grad():
                layers[f"layer{i}"].weight.copy_(weight)
                layers[f"layer{i}"].bias.copy_(torch.from_numpy(stored[f"layer{i}.bias"]))
    return nn.Sequential(layers)


class Nose(nn.Module):
    def __init__(self, body, classes):
        super().__init__()
        self.body = body
        self.head = nn.Linear(body[-2].out_features, classes)

    def forward(self, sensors):
        return self.head(self.body(sensors))


def set_body(net, trainable):
    for p in net.body.parameters():
        p.requires_grad_(trainable)


def confusion(net, sensors, grape):
    net.eval()
    with torch.no_grad():
        scores = net(sensors)
    table = torch.zeros(len(GRAPES), len(GRAPES), dtype=torch.long)
    for true, said in zip(grape.tolist(), scores.argmax(1).tolist()):
        table[true, said] += 1
    return nn.functional.cross_entropy(scores, grape).item(), table


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=36)
    parser.add_argument("--head-only", type=int, default=4, help="epochs before the body takes part")
    parser.add_argument("--lr", type=float, default=0.04)
    parser.add_argument("--batch", type=int, default=40)
    args = parser.parse_args()
    torch.manual_seed(6)

    with np.load(args.folder / "wines.npz") as wines:
        sensors, grape = torch.from_numpy(wines["sensors"]), torch.from_numpy(wines["grape"])
    train, val = slice(0, 1000), slice(1000, None)
    weights = 1 / torch.bincount(grape[train], minlength=len(GRAPES)).float()
    criterion = nn.CrossEntropyLoss(weight=weights / weights.mean())

    net = Nose(load_body(args.folder / "spirits_body.npz"), len(GRAPES))
    set_body(net, trainable=False)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=args.lr, momentum=0.9)  #~ optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    steps = args.epochs * math.ceil(1000 / args.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=args.lr / 50)

    best, patience = math.inf, 0
    for epoch in range(args.epochs):
        if epoch == args.head_only:
            set_body(net, trainable=True)
        net.train()
        total = 0.0
        order = np.random.default_rng(epoch).permutation(1000)
        for rows in np.array_split(order, math.ceil(1000 / args.batch)):
            x = sensors[train][rows] + 0.02 * torch.randn(len(rows), sensors.shape[1])
            loss = criterion(net(x), grape[train][rows])
            net.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        val_loss, table = confusion(net, sensors[val], grape[val])
        best, patience = (val_loss, 0) if val_loss < best else (best, patience + 1)
        if epoch % 5 == 0 or epoch == args.epochs - 1 or patience > 12:
            right = table.diagonal().sum().item() / table.sum().item()
            print(f"epoch {epoch:2d} loss {total / 1000:.4f} val loss {val_loss:.4f} right {right:.3f}")
        if patience > 12:
            break
    for name, row in zip(GRAPES, table.tolist()):
        print(f"{name:>9}", *(f"{n:4d}" for n in row))


if __name__ == "__main__":
    main()
