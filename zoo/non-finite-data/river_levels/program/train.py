"""Forecast the water level of a river from its gauges. The training period grows with every round."""
import os

import numpy as np
import torch
from torch import nn

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gauges.csv")
HISTORY, AHEAD = 24, 3
ROUNDS, MICRO, ACCUMULATE = 10, 32, 2


def load(path):
    table = np.genfromtxt(path, delimiter=",", names=True)
    columns = [c for c in table.dtype.names if c != "hour"]
    values = np.stack([table[c] for c in columns], axis=1)
    first_weeks = values[:500]
    values = (values - first_weeks.mean(0)) / first_weeks.std(0)
    return columns, torch.tensor(values, dtype=torch.float32)


def window(series, ends):
    """Histories that end before each hour in `ends`, and the level `AHEAD` hours later."""
    steps = torch.arange(-HISTORY, 0)
    return series[ends.unsqueeze(1) + steps], series[ends + AHEAD - 1, 0]


class Forecaster(nn.Module):
    def __init__(self, inputs, hidden=32):
        super().__init__()
        self.cell = nn.GRU(inputs, hidden, batch_first=True)
        self.read = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.cell(x)
        last = x[:, -1, 0]
        return last + self.read(states[:, -1]).squeeze(-1)


columns, series = load(FILE)
torch.manual_seed(12)
hours = len(series)
train_end = int(0.85 * hours)
val_ends = torch.arange(train_end + HISTORY, hours - AHEAD)
model = Forecaster(len(columns))
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3, eps=1e-6)
loss_fn = nn.L1Loss()
print(f"{hours} hours of {', '.join(columns)}")

for round_ in range(ROUNDS):
    # older data first, the recent part joins later
    stop = int(train_end * (0.5 + 0.5 * round_ / (ROUNDS - 1)))
    ends = torch.arange(HISTORY, stop - AHEAD)
    chosen = ends[torch.randperm(len(ends))[: 40 * MICRO * ACCUMULATE]]
    model.train()
    total, updates = 0.0, 0
    optimizer.zero_grad()
    for k, part in enumerate(chosen.split(MICRO)):
        x, y = window(series, part)
        loss = loss_fn(model(x), y)
        (loss / ACCUMULATE).backward()
        total += loss.item()
        if (k + 1) % ACCUMULATE == 0:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    model.eval()
    with torch.no_grad():
        x, y = window(series, val_ends)
        mae = loss_fn(model(x), y).item()
        naive = loss_fn(x[:, -1, 0], y).item()
    print(f"round {round_ + 1:2d}  until hour {stop}  updates {updates}  loss {total / (k + 1):.4f}  val MAE {mae:.4f} (last value: {naive:.4f})")

print(f"improves on the last value by {100 * (1 - mae / naive):.0f} %")
