"""A shop's purchases as CSV; the same data for both variants."""
import csv
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(5)
    users, items, genres, k = 400, 240, 12, 6
    centre = rng.normal(size=(genres, k))
    genre = rng.integers(0, genres, items)
    item = centre[genre] + 0.7 * rng.normal(size=(items, k))
    price = np.exp(rng.normal(2.5, 0.6, items))
    age = rng.integers(18, 80, users)
    region = rng.integers(0, 5, users)
    user = rng.normal(size=(users, k)) + 0.8 * rng.normal(size=(5, k))[region]
    popular = rng.normal(0, 0.4, items)
    score = user @ item.T * 1.1 + popular - 0.004 * np.abs(age[:, None] - 18) * np.log(price)[None]
    rows = []
    for u in range(users):
        n = int(rng.integers(14, 27))
        picks = np.argsort(-(score[u] + rng.gumbel(size=items)))[:n]
        rows += [(u, int(i)) for i in rng.permutation(picks)]
    with open(folder / "users.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["user", "age", "region"])
        w.writerows(zip(range(users), age.tolist(), region.tolist()))
    with open(folder / "items.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["item", "genre", "price"])
        w.writerows((i, int(genre[i]), f"{price[i]:.2f}") for i in range(items))
    with open(folder / "purchases.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["user", "item"])
        w.writerows(rows)
