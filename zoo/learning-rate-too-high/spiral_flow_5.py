"""Density of points along two interleaved spirals with a flow of affine couplings; samples are compared with fresh points."""
import copy
import math

import numpy as np
import torch
from torch import nn

CONFIG = {
    "data": {"points": 6000, "turns": 1.2, "jitter": 0.07, "seed": 31},
    "flow": {"couplings": 8, "width": 48, "squash": 1.8},
    "optim": {"lr": 5e-2, "eps": 1e-7, "weight_decay": 1e-4, "decay": 0.994},  #~ "optim": {"lr": 2.5e-3, "eps": 1e-7, "weight_decay": 1e-4, "decay": 0.994},
    "train": {"batch": 250, "steps": 450, "ema": 0.97, "print_every": 75},
}


def spirals(n, turns, jitter, rng):
    t = np.sqrt(rng.uniform(0.05, 1.0, n)) * turns * 2 * math.pi
    arm = rng.integers(0, 2, n) * math.pi
    points = np.stack([t * np.cos(t + arm), t * np.sin(t + arm)], axis=1) / (turns * 2 * math.pi) * 2.0
    return torch.tensor(points + jitter * rng.standard_normal((n, 2)), dtype=torch.float32)


class Coupling(nn.Module):
    """One coordinate is scaled and moved by an amount that depends on the other one."""

    def __init__(self, keep, width, squash):
        super().__init__()
        self.keep, self.squash = keep, squash
        self.net = nn.Sequential(nn.Linear(1, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def coefficients(self, x):
        log_scale, move = self.net(x[:, self.keep : self.keep + 1]).unbind(1)
        return self.squash * torch.tanh(log_scale / self.squash), move

    def forward(self, x):
        log_scale, move = self.coefficients(x)
        other = x[:, 1 - self.keep] * log_scale.exp() + move
        pair = (x[:, self.keep], other) if self.keep == 0 else (other, x[:, self.keep])
        return torch.stack(pair, 1), log_scale

    def inverse(self, z):
        log_scale, move = self.coefficients(z)
        other = (z[:, 1 - self.keep] - move) * (-log_scale).exp()
        pair = (z[:, self.keep], other) if self.keep == 0 else (other, z[:, self.keep])
        return torch.stack(pair, 1)


class Flow(nn.Module):
    def __init__(self, couplings, width, squash):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(i % 2, width, squash) for i in range(couplings))

    def log_prob(self, x):
        total = 0.0
        for layer in self.layers:
            x, log_scale = layer(x)
            total = total + log_scale
        return total - 0.5 * x.square().sum(1) - math.log(2 * math.pi)

    @torch.no_grad()
    def sample(self, n):
        z = torch.randn(n, 2)
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z


def energy_distance(a, b):
    return (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


rng = np.random.default_rng(CONFIG["data"]["seed"])
torch.manual_seed(CONFIG["data"]["seed"] + 1)
shape = CONFIG["data"]["turns"], CONFIG["data"]["jitter"]
train = spirals(CONFIG["data"]["points"], *shape, rng)
held_out = spirals(1500, *shape, rng)

flow = Flow(**CONFIG["flow"])
average = copy.deepcopy(flow).requires_grad_(False)
o, t = CONFIG["optim"], CONFIG["train"]
optimizer = torch.optim.AdamW(flow.parameters(), lr=o["lr"], eps=o["eps"], weight_decay=o["weight_decay"])
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, o["decay"])

order, seen = torch.randperm(len(train)), 0
window = []
for step in range(1, t["steps"] + 1):
    if seen + t["batch"] > len(train):
        order, seen = torch.randperm(len(train)), 0
    batch = train[order[seen : seen + t["batch"]]]
    seen += t["batch"]

    loss = -flow.log_prob(batch).mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(flow.parameters(), 10.0)
    optimizer.step()
    if step % 3 == 0:
        schedule.step()
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), flow.parameters()):
            slow.lerp_(fast, 1 - t["ema"])

    window.append(loss.item())
    if step % t["print_every"] == 0:
        with torch.no_grad():
            nll = -flow.log_prob(held_out).mean().item()
            nll_average = -average.log_prob(held_out).mean().item()
        apart = energy_distance(flow.sample(1000), held_out[:1000])
        print(
            f"step {step:4d}  train {sum(window) / len(window):7.3f}  held out {nll:7.3f}  averaged {nll_average:7.3f}  "
            f"energy distance {apart:.4f}"
        )
        window.clear()
