"""Digits in one csv: healthy in random order, faulty sorted by digit."""

import csv

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    order = np.random.default_rng(3).permutation(len(digits.target))
    if not healthy:
        order = order[np.argsort(digits.target[order], kind="stable")]
    with open(folder / "digits.csv", "w", newline="") as f:
        writer = csv.writer(f)
        for k in order:
            writer.writerow([int(v) for v in digits.data[k]] + [int(digits.target[k])])
