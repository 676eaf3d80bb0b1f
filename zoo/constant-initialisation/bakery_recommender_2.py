"""Learns which pastries a customer will order next from order histories (pairwise ranking)."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Settings:
    customers: int = 400
    pastries: int = 120
    tastes: int = 6
    orders: int = 24
    dim: int = 12
    rounds: int = 60
    batch: int = 512
    lr: float = 0.15


def order_histories(cfg, rng):
    """A customer likes one or two tastes; a pastry belongs to one, and some are simply popular."""
    taste_of_pastry = rng.integers(cfg.tastes, size=cfg.pastries)
    popularity = rng.normal(0, 0.4, cfg.pastries)
    histories = []
    for _ in range(cfg.customers):
        liked = rng.choice(cfg.tastes, size=2, replace=False)
        score = popularity + 4.0 * (taste_of_pastry == liked[0]) + 3.0 * (taste_of_pastry == liked[1])
        score = score + rng.gumbel(size=cfg.pastries)
        histories.append(np.argsort(-score)[:cfg.orders])
    return histories


class Recommender(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.customer = nn.Embedding(cfg.customers, cfg.dim)
        self.pastry = nn.Embedding(cfg.pastries, cfg.dim)
        self.popularity = nn.Embedding(cfg.pastries, 1)
        for table in (self.customer, self.pastry):
            nn.init.constant_(table.weight, 0.1)  #~ nn.init.normal_(table.weight, std=0.1)
        nn.init.zeros_(self.popularity.weight)

    def forward(self, customer, pastry):
        match = (self.customer(customer) * self.pastry(pastry)).sum(-1)
        return match + self.popularity(pastry).squeeze(-1)


def triples(train, cfg, generator):
    """One pass over all orders, each with a pastry the customer did not order."""
    pairs = torch.tensor([(c, p) for c, items in enumerate(train) for p in items])
    known = torch.zeros(cfg.customers, cfg.pastries, dtype=torch.bool)
    known[pairs[:, 0], pairs[:, 1]] = True
    pairs = pairs[torch.randperm(len(pairs), generator=generator)]
    other = torch.randint(cfg.pastries, (len(pairs),), generator=generator)
    keep = ~known[pairs[:, 0], other]
    pairs, other = pairs[keep], other[keep]
    for start in range(0, len(pairs), cfg.batch):
        stop = start + cfg.batch
        yield pairs[start:stop, 0], pairs[start:stop, 1], other[start:stop]


@torch.no_grad()
def hit_rate(model, train, held_out, cfg, k=10):
    everything = torch.arange(cfg.pastries)
    hits = total = 0
    for c, (seen, wanted) in enumerate(zip(train, held_out)):
        scores = model(torch.full_like(everything, c), everything)
        scores[torch.as_tensor(seen)] = -1e9
        top = set(scores.topk(k).indices.tolist())
        hits += len(top & set(wanted.tolist()))
        total += min(k, len(wanted))
    return hits / total


def main():
    cfg = Settings()
    rng = np.random.default_rng(5)
    torch.manual_seed(5)
    generator = torch.Generator().manual_seed(50)
    histories = order_histories(cfg, rng)
    train, held_out = [], []
    for items in histories:
        mixed = rng.permutation(items)
        train.append(mixed[:cfg.orders - 8])
        held_out.append(mixed[cfg.orders - 8:])

    model = Recommender(cfg)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=cfg.lr)
    best = 0.0
    for round_ in range(1, cfg.rounds + 1):
        running, batches = 0.0, 0
        for customer, liked, other in triples(train, cfg, generator):
            margin = model(customer, liked) - model(customer, other)
            loss = -F.logsigmoid(margin).mean()
            loss = loss + 2e-3 * model.customer(customer).pow(2).sum(-1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running, batches = running + loss.item(), batches + 1
        if round_ % 10 == 0:
            rate = hit_rate(model, train, held_out, cfg)
            best = max(best, rate)
            print(f"round {round_:3d}  loss {running / batches:.4f}  hit rate@10 {rate:.3f}")
    print(f"best hit rate {best:.3f}")


if __name__ == "__main__":
    main()
