"""Friedman's first regression problem with a residual network; full-batch training."""
import argparse

import torch
from sklearn.datasets import make_friedman1
from torch import nn


def load(n_train, n_val, noise, seed):
    x, y = make_friedman1(n_train + n_val, n_features=8, noise=noise, random_state=seed)
    x = torch.tensor(2 * x - 1, dtype=torch.float32)
    y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)
    y = (y - y[:n_train].mean()) / y[:n_train].std()
    return x[:n_train], y[:n_train], x[n_train:], y[n_train:]


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)

    def forward(self, x):
        return x + self.outer(torch.relu(self.inner(x)))


def r_squared(prediction, target):
    return 1 - ((prediction - target) ** 2).sum().item() / ((target - target.mean()) ** 2).sum().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=400)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--beta1", type=float, default=0.999)  #~ parser.add_argument("--beta1", type=float, default=0.9)
    parser.add_argument("--beta2", type=float, default=0.999)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    x_train, y_train, x_val, y_val = load(800, 200, noise=0.5, seed=args.seed)

    net = nn.Sequential(nn.Linear(8, args.width), Residual(args.width), Residual(args.width), nn.Linear(args.width, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, betas=(args.beta1, args.beta2))
    loss_fn = nn.MSELoss()
    for iteration in range(1, args.iterations + 1):
        net.train()
        loss = loss_fn(net(x_train), y_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if iteration % 40 == 0:
            net.eval()
            with torch.no_grad():
                prediction = net(x_val)
            print(f"{iteration:4d} train {loss.item():.4f} val {loss_fn(prediction, y_val).item():.4f} "
                  f"R2 {r_squared(prediction, y_val):.3f}")


if __name__ == "__main__":
    main()
