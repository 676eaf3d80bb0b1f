"""One network for a parcel desk: which van a parcel goes into and how many minutes it takes to handle."""
import logging

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

logging.basicConfig(format="%(message)s", level=logging.INFO)
log = logging.getLogger("desk")


def parcels(n, rng):
    size = rng.gamma(2.0, 1.0, n)
    weight = size * rng.lognormal(0, 0.4, n)
    zone = rng.integers(0, 8, n)
    shop = rng.integers(0, 12, n)
    fragile = rng.random(n) < 0.2
    van = (zone // 2 + (weight > 3.0)) % 4
    minutes = 2 + 0.8 * weight + 3.0 * fragile * np.sqrt(size) + 0.3 * (shop % 5) + rng.normal(0, 0.3, n)
    numeric = np.stack((np.log(size), np.log(weight), fragile), axis=1)
    return (
        torch.tensor(numeric, dtype=torch.float32),
        torch.tensor(np.stack((zone, shop), axis=1)),
        torch.tensor(van),
        torch.tensor(minutes, dtype=torch.float32),
    )


class Desk(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.zone = nn.Embedding(8, 6)
        self.shop = nn.Embedding(12, 6)
        self.trunk = nn.Sequential(nn.Linear(15, hidden), nn.Mish(), nn.Dropout(0.05), nn.Linear(hidden, hidden), nn.Mish())
        self.van = nn.Linear(hidden, 4)
        self.minutes = nn.Linear(hidden, 1)

    def forward(self, numeric, codes):
        h = self.trunk(torch.cat((numeric, self.zone(codes[:, 0]), self.shop(codes[:, 1])), dim=1))
        return self.van(h), self.minutes(h)


class Losses:
    def __init__(self, balance, knee=1.0):
        self.balance = balance
        self.knee = knee

    def handling(self, predicted, actual):
        off = (predicted - actual).abs()
        return torch.where(off < self.knee, 0.5 * off**2 / self.knee, off - 0.5 * self.knee).mean()

    def __call__(self, outputs, van, minutes):
        scores, predicted = outputs
        sorting = F.cross_entropy(scores, van)
        handling = self.handling(predicted, minutes)  #~ handling = self.handling(predicted.squeeze(1), minutes)
        return sorting + self.balance * handling, sorting.detach(), handling.detach()


def measure(model, data):
    numeric, codes, van, minutes = data
    model.eval()
    with torch.no_grad():
        scores, predicted = model(numeric, codes)
    right = (scores.argmax(1) == van).float().mean().item()
    residual = minutes - predicted[:, 0]
    return right, residual.abs().mean().item(), 1 - (residual.var() / minutes.var()).item()


def fit(model, train, val, epochs=14, batch=50):
    losses = Losses(balance=0.5)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}], lr=4e-3)
    milestones = torch.optim.lr_scheduler.MultiStepLR(optimizer, [9, 12], gamma=0.3)
    for epoch in range(epochs):
        model.train()
        parts = []
        for rows in torch.randperm(len(train[0])).split(batch):
            numeric, codes, van, minutes = (t[rows] for t in train)
            total, sorting, handling = losses(model(numeric, codes), van, minutes)
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            parts.append((sorting.item(), handling.item()))
        milestones.step()
        sorting, handling = np.mean(parts, axis=0)
        right, off, r2 = measure(model, val)
        log.info("epoch %2d  van loss %.3f  time loss %.3f | right van %.3f  off by %.2f min  r2 %.3f", epoch + 1, sorting, handling, right, off, r2)


if __name__ == "__main__":
    torch.manual_seed(4)
    rng = np.random.default_rng(4)
    train, val = parcels(2000, rng), parcels(500, rng)
    model = Desk()
    nn.init.constant_(model.minutes.bias, train[3].mean().item())
    fit(model, train, val)
