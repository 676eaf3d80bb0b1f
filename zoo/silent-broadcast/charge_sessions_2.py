"""How long a car stays at a charging point: mean and spread in logarithmic minutes, from the hours before and the plug-in data."""
import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn


@dataclass
class Config:
    sessions: int = 3000
    history: int = 12
    width: int = 32
    batch: int = 50
    epochs: int = 14
    lr: float = 2e-3
    betas: tuple = (0.9, 0.98)
    places: list = field(default_factory=lambda: ["office", "supermarket", "motorway", "home"])


def make_sessions(config, seed):
    rng = np.random.default_rng(seed)
    n = config.sessions
    place = rng.integers(0, len(config.places), n)
    usual = np.array([5.6, 3.7, 3.2, 6.2])[place]
    fill = rng.beta(2, 3, n)
    hour = rng.uniform(0, 24, n)
    busy = np.cumsum(rng.normal(0, 0.4, (n, config.history)), axis=1) + rng.normal(0, 1, (n, 1))
    cold = rng.normal(8, 7, n)
    minutes = usual - 0.9 * fill - 0.25 * np.tanh(busy[:, -4:].mean(1)) * (place < 3)
    minutes += 0.3 * np.cos(2 * np.pi * (hour - 21) / 24) - 0.012 * (cold - 8)
    spread = np.array([0.15, 0.3, 0.2, 0.25])[place] * (0.6 + fill)
    minutes += spread * rng.normal(size=n)
    angle = 2 * np.pi * hour / 24
    plug = np.stack([fill * 4 - 1.6, np.sin(angle), np.cos(angle), (cold - 8) / 7], axis=1)
    tensors = (place, busy.astype(np.float32), plug.astype(np.float32), (minutes - 4.5).astype(np.float32))
    return [torch.from_numpy(t) for t in tensors]


class StayModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.place = nn.Embedding(len(config.places), 6)
        self.history = nn.GRU(1, 12, batch_first=True)
        self.trunk = nn.Sequential(
            nn.Linear(6 + 12 + 4, config.width), nn.Mish(), nn.Linear(config.width, config.width), nn.Mish()
        )
        self.out = nn.Linear(config.width, 2)

    def forward(self, place, busy, plug):
        _, last = self.history(busy[:, :, None])
        h = self.trunk(torch.cat([self.place(place), last[0], plug], dim=1))
        mean, log_scale = self.out(h).split(1, dim=1)
        return mean, log_scale.clamp(-4, 3)


def negative_log_likelihood(mean, log_scale, stay):
    z = (stay - mean) * torch.exp(-log_scale)  #~ z = (stay[:, None] - mean) * torch.exp(-log_scale)
    return (0.5 * z**2 + log_scale + 0.5 * math.log(2 * math.pi)).mean()


def chunks(tensors, size, order):
    for rows in order.split(size):
        yield [t[rows] for t in tensors]


def validate(model, tensors):
    """Mean absolute error in log minutes, and how many stays lie within two spreads."""
    *inputs, stay = tensors
    with torch.no_grad():
        mean, log_scale = (t.flatten() for t in model(*inputs))
    off = (stay - mean).abs()
    return off.mean().item(), (off < 2 * log_scale.exp()).float().mean().item(), 1 - off.square().mean().item() / stay.var().item()


def fit(config):
    torch.manual_seed(19)
    train, val = make_sessions(config, 8), [t[:800] for t in make_sessions(config, 9)]
    model = StayModel(config)
    table = [p for n, p in model.named_parameters() if n.startswith("place")]
    other = [p for n, p in model.named_parameters() if not n.startswith("place")]
    optimizer = torch.optim.Adam([{"params": other}, {"params": table, "lr": 5 * config.lr}], lr=config.lr, betas=config.betas)
    best, patience = math.inf, 6
    for epoch in range(config.epochs):
        running = []
        for *inputs, stay in chunks(train, config.batch, torch.randperm(config.sessions)):
            mean, log_scale = model(*inputs)
            loss = negative_log_likelihood(mean, log_scale, stay)
            model.zero_grad()
            loss.backward()
            optimizer.step()
            running.append(loss.item())
        error, inside, r2 = validate(model, val)
        patience = 6 if error < best else patience - 1
        best = min(best, error)
        print(f"{epoch:2d}  nll {np.mean(running):7.3f}   val: error {error:.3f}  inside {inside:.2f}  R2 {r2:.3f}")
        if patience == 0:
            print("no better for a while, stopping")
            break


if __name__ == "__main__":
    fit(Config())
