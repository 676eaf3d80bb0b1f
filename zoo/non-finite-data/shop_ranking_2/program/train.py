"""Rank the offers of a shop for a query (pairwise logistic loss), one pass over the log."""
import copy
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

LOG = np.load(Path(__file__).parent / "log.npz")
BATCH = 10
DECAY = 0.97


def prepare(offers):
    """Counts on a log scale, then centred and scaled by the quartiles (the tails are long)."""
    table = np.log1p(offers.astype(np.float32))
    low, middle, high = np.quantile(table.reshape(-1, table.shape[-1]), [0.25, 0.5, 0.75], axis=0)
    return torch.from_numpy(((table - middle) / (high - low)).astype(np.float32))


class Scorer(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features
        self.net = nn.Sequential(nn.Linear(features, 64), nn.ELU(), nn.Linear(64, 32), nn.ELU(), nn.Linear(32, 1, bias=False))

    def forward(self, offers):
        return self.net(offers).squeeze(-1)


def pairwise(scores, clicks):
    """Softplus of the wrong-way difference for every pair with different clicks in the same query."""
    gap = scores.unsqueeze(2) - scores.unsqueeze(1)
    better = (clicks.unsqueeze(2) > clicks.unsqueeze(1)).float()
    return (F.softplus(-gap) * better).sum() / better.sum().clamp(min=1)


def pair_accuracy(model, offers, clicks):
    with torch.no_grad():
        scores = model(offers)
    gap = scores.unsqueeze(2) - scores.unsqueeze(1)
    better = clicks.unsqueeze(2) > clicks.unsqueeze(1)
    return (gap[better] > 0).float().mean().item()


def follow(average, model):
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), model.parameters()):
            slow.lerp_(fast, 1 - DECAY)


def main():
    torch.manual_seed(5)
    shuffle = np.random.default_rng(5)
    offers = prepare(LOG["offers"])
    clicks = torch.from_numpy(LOG["clicks"]).float()
    held = 600
    test_offers, test_clicks = offers[:held], clicks[:held]
    model = Scorer(offers.shape[-1])
    average = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.03, initial_accumulator_value=0.1)

    order = held + shuffle.permutation(len(offers) - held)
    steps = len(order) // BATCH
    print(f"{len(order)} queries, {steps} updates")
    recent = []
    for step in range(steps):
        rows = order[step * BATCH:(step + 1) * BATCH]
        optimizer.zero_grad()
        loss = pairwise(model(offers[rows]), clicks[rows])
        loss.backward()
        optimizer.step()
        follow(average, model)
        recent = (recent + [loss.item()])[-60:]
        if (step + 1) % 60 == 0:
            now, slow = (pair_accuracy(m, test_offers, test_clicks) for m in (model, average))
            print(f"update {step + 1:4d}  loss {np.mean(recent):.4f}  pairs in order {now:.4f}  averaged weights {slow:.4f}")


if __name__ == "__main__":
    main()
