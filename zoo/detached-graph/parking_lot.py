"""Three questions about the next half hour of a car park, one trunk: how full, which barrier queues, will it close."""
from collections import defaultdict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class CarPark:
    """Occupancy simulated every five minutes; a sample is the two hours before."""

    def __init__(self, days, seed, span=24):
        rng = np.random.default_rng(seed)
        steps = days * 288
        hour = np.arange(steps) % 288 / 12
        weekday = np.arange(steps) // 288 % 7
        demand = 6 * np.exp(-((hour - 9) / 2.2) ** 2) + 4.5 * np.exp(-((hour - 17) / 2.5) ** 2) + 0.6
        demand *= np.where(weekday > 4, 0.6, 1.0) * np.repeat(rng.uniform(0.7, 1.4, days), 288)
        cars, full, queue = 0.0, [], []
        for t in range(steps):
            coming = rng.poisson(demand[t] * np.array([0.45, 0.35, 0.2]))
            cars = min(200.0, max(0.0, cars + coming.sum() - rng.binomial(int(cars), 0.035)))
            full.append(cars / 200)
            queue.append(coming)
        signal = np.column_stack([full, np.array(queue) / 5, np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), weekday > 4])
        signal = torch.tensor(signal, dtype=torch.float32)
        starts = torch.arange(0, steps - span - 6, 5)
        self.past = torch.stack([signal[s:s + span] for s in starts])
        ahead = torch.stack([signal[s + span:s + span + 6] for s in starts])
        self.level = ahead[:, -1, 0]
        self.barrier = self.past[:, -8:, 1:4].sum(dim=1).argmax(dim=1)
        self.closes = (ahead[:, :, 0].max(dim=1).values > 0.5).float()

    def __len__(self):
        return len(self.level)

    def take(self, rows):
        return self.past[rows], {"level": self.level[rows], "barrier": self.barrier[rows], "closes": self.closes[rows]}


class Forecast(nn.Module):
    def __init__(self, signals=7, state=32):
        super().__init__()
        self.trunk = nn.LSTM(signals, state, batch_first=True)
        self.level = nn.Linear(state, 1)
        self.barrier = nn.Linear(state, 3)
        self.closes = nn.Linear(state, 1)
        with torch.no_grad():
            self.trunk.bias_hh_l0[state:2 * state] = 1.0

    def forward(self, past):
        _, (h, _) = self.trunk(past)
        h = h[0]
        return {"level": self.level(h)[:, 0], "barrier": self.barrier(h), "closes": self.closes(h)[:, 0]}


class Objective:
    """Weighted sum over the questions; keeps a log of each."""

    questions = {
        "level": (4.0, lambda p, y: F.smooth_l1_loss(p, y, beta=0.2)),
        "barrier": (1.0, F.cross_entropy),
        "closes": (1.0, F.binary_cross_entropy_with_logits),
    }

    def __init__(self):
        self.log = defaultdict(list)

    def __call__(self, predicted, truth):
        parts = []
        for name, (weight, rule) in self.questions.items():
            value = rule(predicted[name], truth[name])
            self.log[name].append(value.item())
            parts.append(weight * value)
        return torch.tensor(parts, requires_grad=True).sum()  #~ return torch.stack(parts).sum()

    def report(self):
        text = "  ".join(f"{name} {np.mean(values):.3f}" for name, values in self.log.items())
        self.log.clear()
        return text


def answers(model, park):
    model.eval()
    with torch.no_grad():
        p = model(park.past)
    model.train()
    return {
        "level mae": (p["level"] - park.level).abs().mean().item(),
        "barrier right": (p["barrier"].argmax(1) == park.barrier).float().mean().item(),
        "closes right": ((p["closes"] > 0) == park.closes.bool()).float().mean().item(),
    }


if __name__ == "__main__":
    torch.manual_seed(52)
    train, later = CarPark(42, 1), CarPark(14, 2)
    model, objective = Forecast(), Objective()
    optimizer = torch.optim.Adamax(model.parameters(), lr=0.01)
    for week in range(9):
        for rows in torch.randperm(len(train)).chunk(50):
            past, truth = train.take(rows)
            optimizer.zero_grad()
            objective(model(past), truth).backward()
            optimizer.step()
        print(f"pass {week + 1}  {objective.report()}  |  " + "  ".join(f"{k} {v:.3f}" for k, v in answers(model, later).items()))
    print(f"share of closings {later.closes.mean():.3f}")
