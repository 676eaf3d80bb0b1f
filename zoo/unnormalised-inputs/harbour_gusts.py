"""The strongest gust of the next three hours at a harbour, from a day of hourly readings of its weather station."""
from collections import namedtuple

import numpy as np
import torch
from torch import nn

HOURS, AHEAD = 24, 3
BORDER = 230 * 24
COLUMNS = ["pressure", "temperature", "humidity", "wind", "sun"]
Series = namedtuple("Series", "readings gust days")


def station(days, seed):
    """Hourly readings: hPa, degrees Celsius, per cent, m/s, W/m2; and the gust of every hour in m/s."""
    rng = np.random.default_rng(seed)
    n = days * 24
    hour = np.arange(n) % 24
    low = np.zeros(n)
    for k in range(1, n):
        low[k] = 0.93 * low[k - 1] + rng.standard_normal()
    low = np.convolve(low, np.ones(5) / 5, mode="same") / 2.4
    fall = -np.gradient(low)
    cloud = 1 / (1 + np.exp(low * 1.5 + 0.6 * rng.standard_normal(n)))
    sun = np.maximum(0, np.sin((hour - 6) / 12 * np.pi)) * 800 * (1 - 0.7 * cloud)
    pressure = 1013 + 9 * low + 0.3 * rng.standard_normal(n)
    temperature = 11 + 4 * np.sin((hour - 9) / 12 * np.pi) - 2 * fall * 3 + 0.5 * rng.standard_normal(n)
    humidity = np.clip(72 - 15 * low + 4 * rng.standard_normal(n), 20, 100)
    push = np.maximum(0, np.roll(fall, 2)) * 14 + np.maximum(0, -np.roll(low, 2)) * 2.2
    wind = 3.5 + push + 1.2 * np.maximum(0, np.sin((hour - 10) / 12 * np.pi)) + 0.5 * rng.standard_normal(n)
    gust = np.maximum(0.5, wind * (1.35 + 0.1 * rng.standard_normal(n)))
    return Series(np.stack([pressure, temperature, humidity, wind, sun], 1), gust, days)


def cut(series, lo, hi, step):
    """Days of readings that end between the hours lo and hi, and what the wind does afterwards."""
    readings = series.readings  #~ readings = (series.readings - series.readings[:BORDER].mean(0)) / series.readings[:BORDER].std(0)
    ends = np.arange(lo + HOURS, hi - AHEAD, step)
    x = np.stack([readings[e - HOURS : e] for e in ends])
    y = np.array([series.gust[e : e + AHEAD].max() for e in ends])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


class GustNet(nn.Module):
    def __init__(self, columns, hidden=32):
        super().__init__()
        self.gru = nn.GRU(columns, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden, 24), nn.ELU(), nn.Linear(24, 1))

    def forward(self, x):
        _, last = self.gru(x)
        return self.head(last[0])[:, 0]


class Nadam:
    """Adam with a look ahead, written out."""

    def __init__(self, parameters, lr, beta=0.9, gamma=0.995):
        self.parameters = list(parameters)
        self.lr, self.beta, self.gamma, self.t = lr, beta, gamma, 0
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.parameters, self.first, self.second):
            m.mul_(self.beta).add_(p.grad, alpha=1 - self.beta)
            v.mul_(self.gamma).addcmul_(p.grad, p.grad, value=1 - self.gamma)
            ahead = self.beta * m / (1 - self.beta ** (self.t + 1)) + (1 - self.beta) * p.grad / (1 - self.beta**self.t)
            p -= self.lr * ahead / ((v / (1 - self.gamma**self.t)).sqrt() + 1e-8)
            p.grad = None


torch.manual_seed(83)
series = station(days=300, seed=82)
x, y = cut(series, 0, BORDER, step=2)
x_val, y_val = cut(series, BORDER, series.days * 24, step=3)
centre, spread = y.mean(), y.std()
print(f"{len(x)} days to learn from, {len(x_val)} to check; gusts {centre:.1f} +- {spread:.1f} m/s")

model = GustNet(len(COLUMNS))
optimizer = Nadam(model.parameters(), lr=2e-3)
BATCH, EPOCHS = 48, 9

for epoch in range(1, EPOCHS + 1):
    model.train()
    total = 0.0
    order = torch.randperm(len(x))
    for rows in order.split(BATCH):
        loss = nn.functional.mse_loss(model(x[rows]), (y[rows] - centre) / spread)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows) / len(x)
    model.eval()
    with torch.no_grad():
        guess = model(x_val) * spread + centre
    rmse = (guess - y_val).square().mean().sqrt()
    skill = 1 - rmse**2 / y_val.var()
    strong = y_val > centre + spread
    print(f"epoch {epoch}  mse {total:.4f}  gusts off by {rmse:.2f} m/s, skill {skill:+.3f}, strong ones {(guess - y_val)[strong].mean():+.2f}")
    if epoch == 6:
        optimizer.lr /= 3
