"""The adding problem: sum the two marked numbers of a sequence, with a ReLU RNN."""
import argparse

import torch
from torch import nn


def make_batch(n, length):
    values = torch.rand(n, length)
    marks = torch.zeros(n, length)
    first = torch.randint(0, length // 2, (n,))
    second = torch.randint(length // 2, length, (n,))
    rows = torch.arange(n)
    marks[rows, first] = 1.0
    marks[rows, second] = 1.0
    target = values[rows, first] + values[rows, second]
    return torch.stack([values, marks], dim=2), target


class RNN(nn.Module):
    def __init__(self, hidden, gain):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(hidden, 1)
        nn.init.orthogonal_(self.rnn.weight_hh_l0, gain=gain)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.out(h[:, -1]).squeeze(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--gain", type=float, default=1.7)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--steps", type=int, default=1200)
    args = parser.parse_args()

    torch.manual_seed(0)
    model = RNN(args.hidden, args.gain)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loss_fn = nn.MSELoss()
    x_val, y_val = make_batch(1000, args.length)
    for step in range(args.steps):
        x, y = make_batch(64, args.length)
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), args.clip)
        optimizer.step()
        if step % 100 == 0 or step == args.steps - 1:
            with torch.no_grad():
                val = loss_fn(model(x_val), y_val).item()
            print(f"step {step:4d} loss {loss.item():.4f} val {val:.4f} grad norm {norm.item():.2f} (target variance {y_val.var().item():.4f})")


if __name__ == "__main__":
    main()
