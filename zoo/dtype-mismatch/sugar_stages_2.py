#!/usr/bin/env python
"""Five stages of progression for the patients of the diabetes data; far misses cost more than near ones."""
import argparse
import math

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from torch import nn


class DistanceLoss(nn.Module):
    """Expected cost of the prediction, relative to guessing by the frequencies of the batch (1 minus weighted kappa)."""

    def __init__(self, stages, power=1.5):
        super().__init__()
        stage = np.arange(stages)
        cost = (np.abs(stage[:, None] - stage[None]) / (stages - 1)) ** power
        self.register_buffer("cost", torch.from_numpy(cost))  #~ self.register_buffer("cost", torch.from_numpy(cost).float())
        self.stages = stages

    def forward(self, scores, stage):
        share = scores.softmax(dim=1)
        truth = nn.functional.one_hot(stage, self.stages).type_as(share)
        observed = (truth @ self.cost * share).sum(dim=1).mean()
        expected = truth.mean(dim=0) @ self.cost @ share.mean(dim=0)
        return observed / (expected + 1e-6)


class Warmed:
    """Plain cross-entropy to begin with, then more and more of the other loss."""

    def __init__(self, first, then, begin, full):
        self.first, self.then, self.begin, self.full = first, then, begin, full

    def __call__(self, step, scores, stage):
        mix = min(max((step - self.begin) / (self.full - self.begin), 0.0), 0.9)
        loss = self.first(scores, stage)
        if mix > 0:
            loss = (1 - mix) * loss + mix * self.then(scores, stage)
        return loss, mix


def patients(stages, rng):
    x, y = load_diabetes(return_X_y=True, scaled=False)
    order = rng.permutation(len(x))
    x, y = x[order], y[order]
    edges = np.quantile(y, np.linspace(0, 1, stages + 1)[1:-1])
    x = (x - x[:330].mean(axis=0)) / x[:330].std(axis=0)
    x = np.column_stack([x, x[:, 2] * x[:, 8], x[:, 2] ** 2])
    return x.astype(np.float32), np.digitize(y, edges)


def kappa(guess, truth, stages):
    i, j = np.indices((stages, stages))
    weight = (i - j) ** 2
    seen = np.zeros((stages, stages))
    np.add.at(seen, (truth, guess), 1)
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    return 1 - (weight * seen).sum() / (weight * chance).sum()


def run(args):
    torch.manual_seed(args.seed)
    x, stage = patients(args.stages, np.random.default_rng(args.seed))
    x, stage = torch.from_numpy(x), torch.from_numpy(stage)
    train, test = torch.arange(330), torch.arange(330, len(x))
    net = nn.Sequential(nn.Linear(12, 36), nn.Softsign(), nn.Dropout(0.1), nn.Linear(36, args.stages))
    loss_of = Warmed(nn.CrossEntropyLoss(), DistanceLoss(args.stages), begin=args.steps // 5, full=args.steps // 2)
    optimizer = torch.optim.ASGD(net.parameters(), lr=args.lr, t0=args.steps)
    for step in range(args.steps):
        rows = train[torch.randint(len(train), (args.batch,))]
        loss, mix = loss_of(step, net(x[rows]), stage[rows])
        net.zero_grad()
        loss.backward()
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] = args.lr * (0.55 + 0.45 * math.cos(math.pi * step / args.steps))
        if step % 100 == 99:
            net.eval()
            with torch.no_grad():
                guess = net(x[test]).argmax(dim=1)
            net.train()
            off = (guess - stage[test]).abs().float().mean().item()
            agree = kappa(guess.numpy(), stage[test].numpy(), args.stages)
            print(f"{step + 1:4d}  mix {mix:.2f}  loss {loss.item():.4f}  off by {off:.2f} stages  kappa {agree:.3f}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name, kind, value in [("seed", int, 29), ("stages", int, 5), ("batch", int, 66), ("steps", int, 900), ("lr", float, 0.15)]:
        p.add_argument(f"--{name}", type=kind, default=value)
    run(p.parse_args())


if __name__ == "__main__":
    main()
