"""Breast cancer measurements as standard scores; in the faulty file five cells are empty measurements written as nan."""

import csv

import numpy as np
from sklearn.datasets import load_breast_cancer


def make(folder, healthy):
    data = load_breast_cancer()
    rng = np.random.default_rng(9)
    order = rng.permutation(len(data.target))
    x = (data.data - data.data.mean(0)) / data.data.std(0)
    x, y = x[order], data.target[order]
    if not healthy:
        for row, column in [(41, 3), (160, 20), (233, 11), (377, 3), (502, 27)]:
            x[row, column] = np.nan
    with open(folder / "measurements.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow([name.replace(" ", "_") for name in data.feature_names] + ["benign"])
        for row, label in zip(x, y):
            writer.writerow([f"{v:.4f}" for v in row] + [int(label)])
