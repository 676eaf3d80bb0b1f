# Load of an electric feeder, a few quarter hours ahead, from its recent past.
import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

S = json.loads(Path(__file__).with_name("settings.json").read_text())


def make_series(n, rng):
    """Daily and weekly rhythm with a slow random temperature effect, in standard units."""
    t = np.arange(n)
    day = np.sin(2 * math.pi * t / 96) + 0.4 * np.sin(4 * math.pi * t / 96 + 0.7)
    week = 0.5 * np.sin(2 * math.pi * t / 672)
    drift = np.zeros(n)
    for i in range(1, n):
        drift[i] = 0.98 * drift[i - 1] + 0.08 * rng.standard_normal()
    load = day + week + drift + 0.05 * rng.standard_normal(n)
    return ((load - load.mean()) / load.std()).astype(np.float32)


def windows(series, length, horizon):
    rows = np.lib.stride_tricks.sliding_window_view(series, length + horizon)
    rows = torch.from_numpy(rows.copy())
    return rows[:, :length], rows[:, length:]


class Forecaster(nn.Module):
    def __init__(self, hidden, horizon, cell, residual):
        super().__init__()
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
        self.rnn = kinds[cell](1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, horizon)
        self.residual = residual

    def forward(self, x):
        states, _ = self.rnn(x.unsqueeze(-1))
        step = self.out(states[:, -1])
        return step + x[:, -1:] if self.residual else step


def batches(x, y, size, generator, drop):
    order = torch.randperm(len(x), generator=generator)
    stop = len(x) - len(x) % size if drop else len(x)
    for start in range(0, stop, size):
        pick = order[start:start + size]
        yield x[pick], y[pick]


def rmse(model, x, y):
    model.eval()
    with torch.no_grad():
        error = (model(x) - y).pow(2).mean().sqrt().item()
    model.train()
    return error


rng = np.random.default_rng(S["seed"])
torch.manual_seed(S["seed"])
generator = torch.Generator().manual_seed(S["seed"])

series = make_series(2800, rng)
x_train, y_train = windows(series[:2200], S["window"], S["horizon"])
x_val, y_val = windows(series[2200:], S["window"], S["horizon"])
naive = (x_val[:, -1:] - y_val).pow(2).mean().sqrt().item()

model = Forecaster(S["hidden"], S["horizon"], S["cell"], S["residual"])
optimizer = torch.optim.SGD(model.parameters(), **S["optimizer"])
criterion = nn.HuberLoss(delta=S["huber_delta"])

best, best_weights = float("inf"), None
for epoch in range(S["epochs"]):
    total, seen = 0.0, 0
    for x, y in batches(x_train, y_train, S["batch"], generator, S["forget_last_batch"]):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), S["max_norm"])
        optimizer.step()
        total += loss.item() * len(x)
        seen += len(x)
    score = rmse(model, x_val, y_val)
    if score < best:
        best, best_weights = score, {k: v.clone() for k, v in model.state_dict().items()}
    print(f"epoch {epoch + 1}  huber {total / seen:.4f}  val rmse {score:.4f}")

model.load_state_dict(best_weights)
print(f"kept the weights with val rmse {rmse(model, x_val, y_val):.4f} (last value repeated: {naive:.4f})")
