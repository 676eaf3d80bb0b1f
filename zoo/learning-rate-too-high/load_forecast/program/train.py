"""Next-hour load forecast for one substation."""
import csv
import tomllib

import numpy as np
import torch
from torch import nn

with open("forecast.toml", "rb") as f:
    settings = tomllib.load(f)
data_cfg, fit_cfg = settings["data"], settings["fit"]

torch.manual_seed(3)
rng = np.random.default_rng(3)


def read_series(path):
    with open(path) as f:
        rows = list(csv.DictReader(f))
    load = np.array([float(r["load_mw"]) for r in rows], dtype=np.float32)
    temp = np.array([float(r["temperature_c"]) for r in rows], dtype=np.float32)
    hour = np.array([int(r["hour"]) for r in rows])
    return hour, load, temp


def windows(hour, load, temp, history):
    """Inputs: past load, the temperature and the clock; target: the load of the next hour."""
    clock = np.stack([np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24)], axis=1)
    table = np.column_stack([(load - 50) / 20, (temp - 10) / 10, clock, (hour // 24) % 7 >= 5]).astype(np.float32)
    x = np.stack([table[i - history:i] for i in range(history, len(load))])
    y = (load[history:] - 50) / 20
    return torch.from_numpy(x), torch.from_numpy(y.astype(np.float32))


class Forecaster(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.rnn = nn.GRU(features, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.out(states[:, -1]).squeeze(1)


hour, load, temp = read_series(data_cfg["file"])
x, y = windows(hour, load, temp, data_cfg["history"])
cut = len(x) - 24 * data_cfg["test_days"]
x_train, y_train, x_test, y_test = x[:cut], y[:cut], x[cut:], y[cut:]

model = Forecaster(x.shape[2], settings["model"]["hidden"])
optimizer = torch.optim.Adam(model.parameters(), lr=fit_cfg["learning_rate"], eps=1e-6)
loss_fn = nn.MSELoss()
order = torch.from_numpy(rng.permutation(cut))


@torch.no_grad()
def evaluate():
    model.eval()
    prediction = model(x_test)
    model.train()
    error = (prediction - y_test).abs().mean().item() * 20
    r2 = 1 - ((prediction - y_test) ** 2).mean().item() / y_test.var().item()
    return error, r2


mae, r2 = evaluate()
print(f"before training: mae {mae:.2f} MW  r2 {r2:.3f}")
for epoch in range(fit_cfg["epochs"]):
    total = 0.0
    for start in range(0, cut - fit_cfg["batch"] + 1, fit_cfg["batch"]):
        rows = order[start:start + fit_cfg["batch"]]
        loss = loss_fn(model(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.detach().item() * len(rows)
    mae, r2 = evaluate()
    print(f"epoch {epoch + 1}: train mse {total / cut:.4f}  test mae {mae:.2f} MW  r2 {r2:.3f}")
