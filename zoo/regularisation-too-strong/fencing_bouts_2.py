# Who wins the bout?  Fencers meet in three weapons; a style vector per fencer, a strength per weapon.
import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

CONFIG = json.loads("""
{
  "season": {"fencers": 90, "bouts": 9000, "held": 1500, "seed": 77},
  "net": {"pairs": 3, "spread": 0.13, "side_gain": 0.4},
  "run": {"epochs": 12, "batch": 77, "lr": 0.011, "betas": [0.86, 0.97], "eps": 1e-6},
  "groups": [
    {"match": "strength", "weight_decay": 0.03},
    {"match": "style", "weight_decay": 6.0},  #~ {"match": "style", "weight_decay": 0.04},
    {"match": "side", "weight_decay": 0.0}
  ],
  "label_noise_floor": 0.015,
  "swap_sides": true
}
""")


def season(fencers, bouts, held, seed):
    rng = np.random.default_rng(seed)
    strength = rng.normal(0, 0.5, (fencers, 1)) + rng.normal(0, 0.3, (fencers, 3))
    style = rng.normal(0, 1, (fencers, 2))
    n = bouts + held
    left = rng.integers(fencers, size=n)
    right = (left + rng.integers(1, fencers, size=n)) % fencers
    weapon = rng.integers(3, size=n)
    clash = style[left, 0] * style[right, 1] - style[left, 1] * style[right, 0]
    edge = 1.5 * (strength[left, weapon] - strength[right, weapon]) + 2.5 * clash
    won = rng.random(n) < 1 / (1 + np.exp(-edge))
    cut = lambda a: (torch.as_tensor(a[:bouts]), torch.as_tensor(a[bouts:]))
    parts = [cut(a) for a in (left, right, weapon, won.astype(np.float32))]
    return [p[0] for p in parts], [p[1] for p in parts]


class Bout(torch.nn.Module):
    """log odds = difference of strengths + antisymmetric form of the two styles + a side per weapon"""

    def __init__(self, fencers, pairs, spread, side_gain):
        super().__init__()
        self.strength = torch.nn.Parameter(spread * torch.randn(fencers, 3))
        self.style = torch.nn.Parameter(spread * torch.randn(fencers, 2 * pairs))
        self.side = torch.nn.Parameter(torch.zeros(3))
        self.side_gain = side_gain

    def forward(self, left, right, weapon):
        edge = 2.0 * (self.strength[left, weapon] - self.strength[right, weapon])
        a, b = self.style[left].chunk(2, dim=1)
        c, d = self.style[right].chunk(2, dim=1)
        clash = (a * d - b * c).sum(1)
        return edge + clash + self.side_gain * self.side[weapon]


def grouped(net, rules):
    named = dict(net.named_parameters())
    groups = []
    for rule in rules:
        names = [n for n in named if n.startswith(rule["match"])]
        groups.append({"params": [named.pop(n) for n in names], "weight_decay": rule["weight_decay"]})
    if named:
        sys.exit(f"no rule for {sorted(named)}")
    return groups


def skill(net, bouts):
    left, right, weapon, won = bouts
    with torch.no_grad():
        odds = net(left, right, weapon)
    hit = ((odds > 0) == (won > 0.5)).double().mean()
    return hit.item(), F.binary_cross_entropy_with_logits(odds, won).item()


def main(cfg):
    torch.manual_seed(cfg["season"]["seed"])
    train, held = season(**cfg["season"])
    net = Bout(cfg["season"]["fencers"], **cfg["net"])
    run = cfg["run"]
    optimizer = torch.optim.AdamW(grouped(net, cfg["groups"]), lr=run["lr"], betas=run["betas"], eps=run["eps"])
    floor = cfg["label_noise_floor"]
    for epoch in range(run["epochs"]):
        running = 0.0
        pieces = torch.randperm(len(train[0])).split(run["batch"])
        for rows in pieces:
            left, right, weapon, won = (column[rows] for column in train)
            if cfg["swap_sides"]:
                turn = torch.rand(len(rows)) < 0.5
                left, right = torch.where(turn, right, left), torch.where(turn, left, right)
                won = torch.where(turn, 1 - won, won)
            target = won * (1 - 2 * floor) + floor
            loss = F.binary_cross_entropy_with_logits(net(left, right, weapon), target)
            net.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item() / len(pieces)
        hit, surprise = skill(net, held)
        print(f"epoch {epoch + 1:2d}  train {running:.4f}  held: right {hit:.3f}  log loss {surprise:.4f}"
              f"  strengths {net.strength.std():.2f} styles {net.style.std():.2f}")


main(CONFIG)
