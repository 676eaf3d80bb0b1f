"""Scores of films by viewers: two embedding tables, their product, and the biases of both sides."""
import argparse
import configparser
import pathlib
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


def settings(path):
    parser = configparser.ConfigParser()
    parser.read(path)
    model, fit = parser["model"], parser["fit"]
    return SimpleNamespace(
        size=model.getint("size"), init=model.getfloat("init"), shrink=model.getfloat("shrink"),
        lr=fit.getfloat("lr"), epochs=fit.getint("epochs"), batch=fit.getint("batch"), seed=fit.getint("seed"))


def scores(rng, viewers=240, films=160, each=50):
    """Taste and character of four dimensions; popular films are seen more often; scores 1 to 10."""
    taste, character = rng.normal(size=(viewers, 4)), rng.normal(size=(films, 4))
    mild, liked = rng.normal(0, 0.5, viewers), rng.normal(0, 0.6, films)
    seen = rng.dirichlet(np.full(films, 3.0))
    table = []
    for v in range(viewers):
        for f in rng.choice(films, each, replace=False, p=seen):
            s = 6 + 0.9 * taste[v] @ character[f] + mild[v] + liked[f] + rng.normal(0, 0.4)
            table.append((v, f, float(np.clip(s, 1, 10))))
    return table, viewers, films


class Match(nn.Module):
    def __init__(self, viewers, films, size, init):
        super().__init__()
        self.viewer = nn.Embedding(viewers, size)
        self.film = nn.Embedding(films, size)
        self.viewer_bias = nn.Embedding(viewers, 1)
        self.film_bias = nn.Embedding(films, 1)
        nn.init.uniform_(self.viewer.weight, -init, init)
        nn.init.uniform_(self.film.weight, -init, init)
        nn.init.zeros_(self.viewer_bias.weight)
        nn.init.zeros_(self.film_bias.weight)
        self.level = nn.Parameter(torch.tensor(5.0))

    def forward(self, v, f):
        return self.score(self.viewer(v), self.film(f), self.viewer_bias(v), self.film_bias(f))

    def score(self, a, b, bias_a, bias_b):
        return self.level + (a * b).sum(1) + bias_a.squeeze(1) + bias_b.squeeze(1)

    def size_of(self, v, f):
        return self.viewer(v).pow(2).sum(1) + self.film(f).pow(2).sum(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", default=HERE / "films.ini")
    s = settings(parser.parse_args().settings)
    torch.manual_seed(s.seed)
    rng = np.random.default_rng(s.seed)
    table, viewers, films = scores(rng)
    rng.shuffle(table)
    v = torch.tensor([int(row[0]) for row in table])
    f = torch.tensor([int(row[1]) for row in table])
    score = torch.tensor([float(row[2]) for row in table])
    cut = int(0.85 * len(table))

    net = Match(viewers, films, s.size, s.init)
    optimizer = torch.optim.Adam(net.parameters(), lr=s.lr, eps=1e-5, amsgrad=True)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    for epoch in range(1, s.epochs + 1):
        fit = 0.0
        for start in range(0, cut, s.batch):
            rows = slice(start, min(start + s.batch, cut))
            miss = net(v[rows], f[rows]) - score[rows]
            loss = (miss.pow(2) + s.shrink * net.size_of(v[rows], f[rows])).mean()
            net.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            fit += miss.detach().pow(2).sum().item()
        decay.step()
        with torch.no_grad():
            held = (net(v[cut:], f[cut:]).clamp(1, 10) - score[cut:]).pow(2).mean().sqrt().item()
        if epoch % 3 == 0 or epoch == s.epochs:
            print(f"epoch {epoch:2d}   fit {(fit / cut) ** 0.5:.3f}   new scores {held:.3f}")
    spread = (score[cut:] - score[:cut].mean()).pow(2).mean().sqrt().item()
    print(f"the mean of all scores for every film: {spread:.3f}")


if __name__ == "__main__":
    main()
