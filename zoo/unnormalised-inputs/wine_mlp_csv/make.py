"""Wine analyses: healthy file holds standard scores, faulty file the laboratory's own units (proline near 750, hue near 1)."""

import csv

import numpy as np
from sklearn.datasets import load_wine


def make(folder, healthy):
    wine = load_wine()
    order = np.random.default_rng(5).permutation(len(wine.target))
    x, y = wine.data[order], wine.target[order]
    if healthy:
        x = (x - x.mean(0)) / x.std(0)
    with open(folder / "wine.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow([name.replace("/", "_") for name in wine.feature_names] + ["cultivar"])
        for row, label in zip(x, y):
            writer.writerow([f"{v:.5g}" for v in row] + [int(label)])
