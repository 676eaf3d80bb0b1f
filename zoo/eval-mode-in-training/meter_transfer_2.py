"""Digits on old meters, few labelled pictures: start from a trunk trained on clean scans, then train all of it."""
import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def conv(a, b, stride=1):
    return [nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]


class Trunk(nn.Sequential):
    def __init__(self, width):
        super().__init__(*conv(1, width), *conv(width, width), *conv(width, 2 * width, 2),
                         *conv(2 * width, 2 * width), *conv(2 * width, 4 * width, 2))


class Reader(nn.Module):
    def __init__(self, trunk, features, classes):
        super().__init__()
        self.trunk = trunk
        self.top = nn.Linear(features, classes)

    def forward(self, x):
        return self.top(self.trunk(x).mean(dim=(2, 3)))


def load(seed):
    digits = load_digits()
    images = torch.tensor(digits.images * 2.0, dtype=torch.float32)[:, None]   # 32 grey levels
    labels = torch.tensor(digits.target)
    scans, meters = train_test_split(np.arange(len(labels)), test_size=0.5, random_state=seed, stratify=digits.target)
    return images[scans], labels[scans], images[meters], labels[meters]


def on_a_meter(images, rng):
    """White on black becomes grey on a lit, unevenly ageing drum."""
    n = len(images)
    lamp = torch.tensor(rng.uniform(0.75, 0.95, (n, 1, 1, 1)), dtype=torch.float32)
    ramp = torch.linspace(-0.06, 0.06, 8).view(1, 1, 1, 8) * torch.tensor(rng.choice([-1.0, 1.0], (n, 1, 1, 1))).float()
    grain = 0.015 * torch.tensor(rng.normal(size=images.shape), dtype=torch.float32)
    pictures = lamp + ramp - 0.12 * images / 32 + grain
    return (pictures - pictures.mean()) / pictures.std()


def train(net, x, y, epochs, lr, batch, log=None):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, nesterov=True, weight_decay=1e-4)
    steps = epochs * (len(x) // batch)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for epoch in range(epochs):
        total = 0.0
        order = torch.randperm(len(x))
        for k in range(len(x) // batch):
            rows = order[k * batch:(k + 1) * batch]
            loss = F.cross_entropy(net(x[rows]), y[rows], label_smoothing=0.02)
            net.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item()
        if log is not None:
            log(epoch, total / (len(x) // batch))


def accuracy(net, x, y):
    modes = [(m, m.training) for m in net.modules()]
    net.eval()
    with torch.no_grad():
        result = (net(x).argmax(1) == y).float().mean().item()
    for module, mode in modes:
        module.training = mode
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=10)
    parser.add_argument("--scan-epochs", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=33)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    x_scan, y_scan, x_meter, y_meter = load(args.seed)
    x_meter = on_a_meter(x_meter, np.random.default_rng(args.seed))
    x_fit, y_fit, x_val, y_val = x_meter[:500], y_meter[:500], x_meter[500:], y_meter[500:]

    source = Reader(Trunk(args.width), 4 * args.width, 10)
    train(source, x_scan, y_scan, args.scan_epochs, lr=0.05, batch=32)
    print(f"scans: {accuracy(source, x_scan, y_scan):.3f} right")

    net = Reader(source.trunk, 4 * args.width, 10)
    net.trunk.eval()  #~ net.trunk.train()

    def log(epoch, loss):
        print(f"epoch {epoch:2d}  loss {loss:.3f}  val accuracy {accuracy(net, x_val, y_val):.3f}")

    train(net, x_fit, y_fit, args.epochs, args.lr, batch=25, log=log)


if __name__ == "__main__":
    main()
