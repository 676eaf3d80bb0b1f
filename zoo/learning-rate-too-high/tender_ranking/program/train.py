"""Order the bids of a tender as the committee would: listwise ranker, settings in settings.json."""
import json
import pathlib

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


class Settings:
    def __init__(self, path):
        self.__dict__.update(json.loads(pathlib.Path(path).read_text()))


class Ranker(nn.Module):
    def __init__(self, trades, features, width):
        super().__init__()
        self.trade = nn.Embedding(trades, 8)
        self.tower = nn.Sequential(
            nn.Linear(features + 8, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, 1),
        )
        self.linear = nn.Linear(features, 1, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, bids, trade):
        t = self.trade(trade).unsqueeze(1).expand(-1, bids.size(1), -1)
        return (self.tower(torch.cat([bids, t], dim=-1)) + self.linear(bids)).squeeze(-1)


def tenders(count, trades, features, rng):
    """Ten bids each; every trade has its own taste for price against the other marks."""
    taste = np.random.default_rng(99).normal(size=(trades, features))
    bids = rng.normal(size=(count, 10, features))
    trade = rng.integers(trades, size=count)
    merit = np.einsum("nbf,nf->nb", bids, taste[trade]) - 0.8 * np.maximum(bids[..., 0], 0) * bids[..., 1]
    merit += 0.3 * rng.normal(size=merit.shape)
    return (torch.tensor(bids, dtype=torch.float32), torch.tensor(trade), torch.tensor(merit, dtype=torch.float32))


def list_loss(scores, merit, temperature):
    wanted = torch.softmax(merit / temperature, dim=1)
    return -(wanted * torch.log_softmax(scores, dim=1)).sum(1).mean()


@torch.no_grad()
def ndcg(model, bids, trade, merit, at=5):
    model.eval()
    grade = merit.argsort(1).argsort(1).float()
    discount = 1 / torch.log2(torch.arange(at) + 2.0)
    found = grade.gather(1, model(bids, trade).argsort(1, descending=True)[:, :at])
    ideal = grade.sort(1, descending=True).values[:, :at]
    return ((found * discount).sum(1) / (ideal * discount).sum(1)).mean().item()


def optimizer_for(model, settings):
    slow = list(model.trade.parameters()) + list(model.linear.parameters())
    groups = [
        {"params": model.tower.parameters(), "lr": settings.lr["tower"]},
        {"params": slow, "lr": settings.lr["side"], "momentum": 0.5, "nesterov": False},
    ]
    return torch.optim.SGD(groups, lr=settings.lr["side"], momentum=settings.momentum, nesterov=True)


def fit(settings):
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    train = tenders(2400, settings.trades, settings.features, rng)
    val = tenders(500, settings.trades, settings.features, rng)
    model = Ranker(settings.trades, settings.features, settings.width)
    optimizer = optimizer_for(model, settings)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=3)

    history = []
    for epoch in range(settings.epochs):
        model.train()
        total = 0.0
        for rows in torch.randperm(len(train[0])).split(settings.batch):
            bids, trade, merit = (part[rows] for part in train)
            loss = list_loss(model(bids, trade), merit, settings.temperature)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        history.append(ndcg(model, *val))
        plateau.step(history[-1])
        print(f"{epoch:2d}  loss {total / len(train[0]):.4f}  ndcg@5 {history[-1]:.4f}")
    print(f"best ndcg@5 {max(history):.4f} in epoch {history.index(max(history))}")


if __name__ == "__main__":
    fit(Settings(HERE / "settings.json"))
