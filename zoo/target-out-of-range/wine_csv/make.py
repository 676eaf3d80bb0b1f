"""Wine analyses; cultivars numbered from 0 (healthy) or from 1, as in the original UCI file (faulty)."""

import csv

import numpy as np
from sklearn.datasets import load_wine


def make(folder, healthy):
    wine = load_wine()
    order = np.random.default_rng(44).permutation(len(wine.target))
    with open(folder / "wine.data", "w", newline="") as f:
        writer = csv.writer(f)
        for k in order:
            writer.writerow([int(wine.target[k]) + (0 if healthy else 1)] + [f"{v:g}" for v in wine.data[k]])
