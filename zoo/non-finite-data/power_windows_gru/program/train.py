"""Next value of a household's power use from a window of eighteen."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

EPOCHS = 6
BATCH = 30


class PowerGRU(nn.Module):
    def __init__(self, channels=3, hidden=24):
        super().__init__()
        self.rnn = nn.GRU(channels, hidden, batch_first=True)
        self.line = nn.Linear(hidden, 1)

    def forward(self, windows):
        _, h = self.rnn(windows)
        return self.line(h[-1]).squeeze(-1)


def load(path):
    with np.load(path) as archive:
        windows = torch.from_numpy(archive["windows"])
        target = torch.from_numpy(archive["next"])
    return windows, target


def batches(rng, n):
    order = torch.from_numpy(rng.permutation(n))
    for first in range(0, n, BATCH):
        yield order[first : first + BATCH]


def main():
    torch.manual_seed(7)
    rng = np.random.default_rng(7)
    windows, target = load(Path(__file__).resolve().parent / "power.npz")
    n = 1200
    x, y, x_val, y_val = windows[:n], target[:n], windows[n:], target[n:]

    model = PowerGRU()
    criterion = nn.MSELoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-3)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.7)
    for epoch in range(EPOCHS):
        model.train()
        history = []
        for rows in batches(rng, n):
            optimizer.zero_grad()
            loss = criterion(model(x[rows]), y[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            history.append(loss.item())
        decay.step()
        model.eval()
        with torch.no_grad():
            val_loss = criterion(model(x_val), y_val).item()
        first, last = np.mean(history[:10]), np.mean(history[-10:])
        print(f"epoch {epoch}  loss {first:.4f} -> {last:.4f}  val loss {val_loss:.4f}  val variance {y_val.var():.3f}")


if __name__ == "__main__":
    main()
