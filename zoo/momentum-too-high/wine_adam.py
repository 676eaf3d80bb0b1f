"""Cultivar of a wine from thirteen measurements; full-batch training."""
import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from torch import nn


def split(seed):
    wine = load_wine()
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(wine.target), generator=g)
    x, y = torch.tensor(wine.data, dtype=torch.float32)[order], torch.tensor(wine.target)[order]
    mean, std = x[:125].mean(0), x[:125].std(0)
    x = (x - mean) / std
    return (x[:125], y[:125]), (x[125:], y[125:])


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.inner = nn.Linear(13, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.outer = nn.Linear(hidden, 3)

    def forward(self, x):
        return self.outer(F.elu(self.norm(self.inner(x))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--hidden", type=int, default=24)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--beta1", type=float, default=0.999)  #~ parser.add_argument("--beta1", type=float, default=0.9)
    parser.add_argument("--beta2", type=float, default=0.999)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    (x_train, y_train), (x_val, y_val) = split(args.seed)

    net = Net(args.hidden)
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, betas=(args.beta1, args.beta2))
    for iteration in range(args.iterations):
        net.train()
        loss = F.cross_entropy(net(x_train), y_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if iteration % 30 == 29:
            net.eval()
            with torch.no_grad():
                out = net(x_val)
            print(f"{iteration + 1:4d} train {loss.item():.4f} val {F.cross_entropy(out, y_val).item():.4f} "
                  f"acc {(out.argmax(1) == y_val).float().mean().item():.3f}")


if __name__ == "__main__":
    main()
