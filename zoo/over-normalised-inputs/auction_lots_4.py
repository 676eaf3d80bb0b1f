"""Order the lots of a country auction by what they will fetch; one list per sale, a listwise loss."""
import math
from collections import namedtuple

import numpy as np
import torch
import torch.nn.functional as F

Sale = namedtuple("Sale", "lots prices")
COLUMNS = ("age", "weight", "height", "repairs", "viewings", "days_listed", "distance", "reserve")
PER_SALE = 12


def draw_sales(count, rng):
    """Lots in the units of the catalogue: years, kilograms, centimetres, pounds, ..."""
    sales = []
    for _ in range(count):
        age = rng.gamma(4, 22, PER_SALE)
        weight = rng.gamma(3, 14, PER_SALE)
        height = rng.normal(110, 35, PER_SALE).clip(10)
        repairs = rng.gamma(1.5, 40, PER_SALE)
        viewings = rng.poisson(60, PER_SALE) + rng.integers(0, 90, PER_SALE)
        days = rng.uniform(5, 90, PER_SALE)
        distance = rng.gamma(2, 60, PER_SALE)
        reserve = rng.lognormal(5.3, 0.6, PER_SALE)
        worth = (0.9 * np.sin(age / 40) + 0.008 * viewings - 0.006 * repairs + 0.9 * np.log(reserve / 200)
                 - 0.5 * np.abs(height - 110) / 35 - 0.004 * days * (weight > 40) - 0.001 * distance)
        table = np.stack([age, weight, height, repairs, viewings, days, distance, reserve], axis=1)
        sales.append((table, worth + rng.normal(0, 0.15, PER_SALE)))
    return sales


class Units:
    """Mean and spread of each column, taken from the sales of earlier years."""

    def __init__(self, sales):
        rows = np.concatenate([table for table, _ in sales])
        self.mean, self.spread = rows.mean(0), rows.std(0)

    def strip(self, table):
        return (table - self.mean) / self.spread


class Catalogue:
    def __init__(self, sales, units):
        self.units = units
        self.sales = [Sale(units.strip(table), prices) for table, prices in sales]

    def __len__(self):
        return len(self.sales)

    def batch(self, index):
        lots = np.stack([self.units.strip(self.sales[i].lots) for i in index])  #~ lots = np.stack([self.sales[i].lots for i in index])
        prices = np.stack([self.sales[i].prices for i in index])
        return torch.tensor(lots, dtype=torch.float32), torch.tensor(prices, dtype=torch.float32)


class LotScorer(torch.nn.Module):
    """Scores a lot next to the others of its sale: own features and the difference to the sale's mean."""

    def __init__(self, features, width=48):
        super().__init__()
        self.first = torch.nn.Linear(2 * features, width)
        self.second = torch.nn.Linear(width, width)
        self.score = torch.nn.Linear(width, 1, bias=False)  # a common shift changes no order

    def forward(self, lots):
        lots = torch.cat([lots, lots - lots.mean(1, keepdim=True)], dim=-1)
        h = F.softplus(self.first(lots))
        h = h + F.softplus(self.second(h)) - math.log(2)
        return self.score(h).squeeze(-1)


def listwise(scores, prices, heat=0.5):
    wanted = F.softmax(prices / heat, dim=1)
    return -(wanted * F.log_softmax(scores, dim=1)).sum(1).mean()


def kendall(scores, prices):
    a = torch.sign(scores.unsqueeze(2) - scores.unsqueeze(1))
    b = torch.sign(prices.unsqueeze(2) - prices.unsqueeze(1))
    return ((a * b).sum((1, 2)) / (PER_SALE * (PER_SALE - 1))).mean().item()


def main():
    rng = np.random.default_rng(616)
    torch.manual_seed(616)
    past, coming = draw_sales(640, rng), draw_sales(160, rng)
    units = Units(past)
    train, held = Catalogue(past, units), Catalogue(coming, units)
    model = LotScorer(len(COLUMNS))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    steps, best = 0, -1.0
    for year in range(20):
        for index in np.array_split(rng.permutation(len(train)), 20):
            lots, prices = train.batch(index)
            loss = listwise(model(lots), prices)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
        with torch.no_grad():
            lots, prices = held.batch(range(len(held)))
            scores = model(lots)
            tau = kendall(scores, prices)
            top = (scores.argmax(1) == prices.argmax(1)).float().mean().item()
        best = max(best, tau)
        if (year + 1) % 4 == 0:
            print(f"round {year + 1:2d} ({steps} steps)  loss {loss.item():.3f}  tau {tau:.3f}  best lot found {top:.2f}")
    print(f"best tau {best:.3f}")


main()
