"""Ratings that the readers of a lending desk would give to titles; settings in run.ini."""
import configparser
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import Adagrad


def read_settings(path):
    parser = configparser.ConfigParser()
    if not parser.read(path):
        sys.exit(f"no settings at {path}")
    return parser


def simulate(section):
    """Five latent tastes, a bias for each reader and title, and the noise of a mood."""
    rng = np.random.default_rng(section.getint("seed"))
    users, items, n = section.getint("readers"), section.getint("titles"), section.getint("ratings")
    taste = rng.normal(size=(users, 5))
    trait = rng.normal(size=(items, 5))
    lenient = rng.normal(scale=0.4, size=users)
    liked = rng.normal(scale=0.5, size=items)
    u = rng.integers(0, users, n)
    i = np.minimum((items * rng.beta(1.0, 1.4, n)).astype(int), items - 1)
    score = (taste[u] * trait[i]).sum(1) / 2.2 + lenient[u] + liked[i] + rng.normal(scale=0.3, size=n)
    stars = np.clip(score, -3.0, 3.0)
    return (torch.from_numpy(a) for a in (u, i, stars.astype(np.float32)))


class Taste(nn.Module):
    """Product of two embeddings plus a small network over both."""

    def __init__(self, users, items, section):
        super().__init__()
        rank, hidden = section.getint("rank"), section.getint("hidden")
        self.user = nn.Embedding(users, rank)
        self.item = nn.Embedding(items, rank)
        self.user_bias = nn.Embedding(users, 1)
        self.item_bias = nn.Embedding(items, 1)
        self.mix = nn.Sequential(nn.Linear(2 * rank, hidden), nn.Tanh(), nn.Linear(hidden, 1))
        std, start = section.getfloat("init_std"), section.getfloat("bias_start")
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=std)
        for table in (self.user_bias, self.item_bias):
            nn.init.constant_(table.weight, start)

    def forward(self, u, i):
        p, q = self.user(u), self.item(i)
        product = (p * q).sum(1, keepdim=True)
        extra = self.mix(torch.cat([p, q], 1))
        return (product + extra + self.user_bias(u) + self.item_bias(i)).squeeze(1)

    def energy(self, u, i):
        return (self.user(u).square().sum(1) + self.item(i).square().sum(1)).mean()


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    settings = read_settings(os.path.join(here, "run.ini"))
    data, t = settings["data"], settings["training"]
    torch.manual_seed(data.getint("seed"))
    u, i, r = simulate(data)
    cut = int(0.85 * len(r))
    test = slice(cut, None)

    model = Taste(data.getint("readers"), data.getint("titles"), settings["model"])
    optimizer = Adagrad(
        model.parameters(),
        lr=t.getfloat("lr"),
        lr_decay=t.getfloat("lr_decay"),
        initial_accumulator_value=t.getfloat("initial_accumulator"),
    )
    mixer = torch.Generator().manual_seed(t.getint("shuffle_seed"))
    penalty = t.getfloat("penalty")

    for epoch in range(1, t.getint("epochs") + 1):
        model.train()
        fits = []
        for pick in torch.randperm(cut, generator=mixer).split(t.getint("batch")):
            guess = model(u[pick], i[pick])
            fit = F.mse_loss(guess, r[pick])
            loss = fit + penalty * model.energy(u[pick], i[pick])
            model.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), t.getfloat("clip"))
            optimizer.step()
            fits.append(fit.item())
        model.eval()
        with torch.no_grad():
            guess = model(u[test], i[test])
            rmse = F.mse_loss(guess, r[test]).sqrt().item()
            explained = 1 - rmse**2 / r[test].var().item()
        if epoch % 2 == 0:
            print(f"epoch {epoch:3d} | fit {np.mean(fits):.4f} | test rmse {rmse:.4f} | explained {explained:.3f}")


if __name__ == "__main__":
    main()
