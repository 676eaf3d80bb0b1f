"""Forecast three quantiles of tomorrow's insurance claims from the last four weeks."""
import math
from collections import defaultdict

import numpy as np
import torch
from torch import nn

QUANTILES = (0.1, 0.5, 0.9)
WINDOW = 28


def claims(days, rng):
    t = np.arange(days)
    week = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.5, 0.4])[t % 7]
    season = 1 + 0.3 * np.sin(2 * np.pi * t / 91)
    slow = np.exp(np.convolve(rng.normal(0, 0.12, days + 20), np.ones(21) / 3, "valid"))
    return rng.poisson(60 * week * season * slow).astype(np.float32)


def windows(series):
    rows = np.lib.stride_tricks.sliding_window_view(series, WINDOW + 1)
    rows = torch.tensor(np.log1p(rows))
    return rows[:, :-1], rows[:, -1]


class QuantileNet(nn.Module):
    def __init__(self, width=40):
        super().__init__()
        self.conv = nn.Conv1d(1, 12, 7, stride=7)
        self.recent = nn.Linear(14, width)
        self.mix = nn.Linear(48 + width, width)
        self.out = nn.Linear(width, len(QUANTILES))

    def forward(self, past):
        level = past.mean(dim=1, keepdim=True)
        shape = past - level
        weeks = torch.relu(self.conv(shape.unsqueeze(1))).flatten(1)
        days = torch.relu(self.recent(shape[:, -14:]))
        raw = self.out(torch.relu(self.mix(torch.cat((weeks, days), dim=1))))
        middle = raw[:, 1:2]
        low, high = middle - nn.functional.softplus(raw[:, :1]), middle + nn.functional.softplus(raw[:, 2:])
        return level + torch.cat((low, middle, high), dim=1)


class Pinball(nn.Module):
    """Quantile loss; recent days count more."""

    def __init__(self, quantiles):
        super().__init__()
        self.register_buffer("q", torch.tensor(quantiles))

    def forward(self, forecast, actual, weight):
        off = actual.unsqueeze(1) - forecast
        each = torch.maximum(self.q * off, (self.q - 1) * off).sum(dim=1)
        return each * weight  #~ return (each * weight).mean()


def evaluate(net, past, tomorrow):
    net.eval()
    with torch.no_grad():
        forecast = net(past)
    inside = ((tomorrow >= forecast[:, 0]) & (tomorrow <= forecast[:, 2])).float().mean().item()
    off = (forecast[:, 1] - tomorrow).abs().mean().item()
    naive = (past[:, -7] - tomorrow).abs().mean().item()
    return off, naive, inside


def main(epochs=14, batch=32):
    torch.manual_seed(25)
    rng = np.random.default_rng(25)
    past, tomorrow = windows(claims(1400, rng))
    cut = len(past) - 250
    train, val = (past[:cut], tomorrow[:cut]), (past[cut:], tomorrow[cut:])
    weight = torch.linspace(0.5, 1.5, cut)
    net, criterion = QuantileNet(), Pinball(QUANTILES)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    warm, steps = 30, epochs * math.ceil(cut / batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: min(1.0, (i + 1) / warm) * (1 - 0.9 * i / steps))
    history = defaultdict(list)
    for epoch in range(1, epochs + 1):
        net.train()
        for rows in torch.randperm(cut).split(batch):
            loss = criterion(net(train[0][rows]), train[1][rows], weight[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            history[epoch].append(loss.item())
        off, naive, inside = evaluate(net, *val)
        if epoch % 2 == 0:
            print(f"epoch {epoch:2d}  loss {np.mean(history[epoch]):.4f}  off by {off:.4f} (last week's day: {naive:.4f})  inside 80% band {inside:.3f}")


if __name__ == "__main__":
    main()
