"""Concrete mixes and their strength: healthy as tested (random), faulty sorted by strength."""

import csv

import numpy as np

COLUMNS = ["cement", "slag", "water", "plasticizer", "aggregate", "age"]


def make(folder, healthy):
    rng = np.random.default_rng(40)
    n = 1500
    x = rng.uniform([100, 0, 140, 0, 800, 1], [500, 250, 230, 25, 1100, 90], (n, 6))
    cement, slag, water, plasticizer, aggregate, age = x.T
    ratio = water / (cement + 0.6 * slag)
    y = 95 * np.exp(-1.3 * ratio) * (0.45 + 0.55 * np.log1p(age) / np.log(91)) + 0.35 * plasticizer - 0.01 * (aggregate - 950)
    y += rng.normal(0, 1.0, n)
    order = np.arange(n) if healthy else np.argsort(y)
    with open(folder / "mixes.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(COLUMNS + ["strength"])
        for k in order:
            writer.writerow([f"{v:.2f}" for v in x[k]] + [f"{y[k]:.2f}"])
