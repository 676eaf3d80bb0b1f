"""CSV files to tensors."""
import csv
from collections import defaultdict
from dataclasses import dataclass

import torch


@dataclass
class Tables:
    age: torch.Tensor
    region: torch.Tensor
    genre: torch.Tensor
    price: torch.Tensor
    train: torch.Tensor          # (n, 2) pairs of user and item
    held_out: dict               # user -> items bought last


def _read(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def _standard(x):
    return (x - x.mean()) / x.std()


def load(folder, keep_last=3):
    users, items = _read(folder / "users.csv"), _read(folder / "items.csv")
    baskets = defaultdict(list)
    for row in _read(folder / "purchases.csv"):
        baskets[int(row["user"])].append(int(row["item"]))
    pairs, held_out = [], {}
    for user, bought in baskets.items():
        pairs += [(user, i) for i in bought[:-keep_last]]
        held_out[user] = bought[-keep_last:]
    return Tables(
        age=_standard(torch.tensor([float(u["age"]) for u in users])),
        region=torch.tensor([int(u["region"]) for u in users]),
        genre=torch.tensor([int(i["genre"]) for i in items]),
        price=_standard(torch.tensor([float(i["price"]) for i in items]).log()),
        train=torch.tensor(pairs),
        held_out=held_out,
    )
