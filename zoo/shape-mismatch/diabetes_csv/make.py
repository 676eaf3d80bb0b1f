"""Diabetes patients, ten columns and the progression; the faulty export has the row number as a column in front."""

import csv

import numpy as np
from sklearn.datasets import load_diabetes


def make(folder, healthy):
    data = load_diabetes()
    order = np.random.default_rng(66).permutation(len(data.target))
    with open(folder / "patients.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(([] if healthy else ["Unnamed: 0"]) + list(data.feature_names) + ["progression"])
        for i, k in enumerate(order):
            writer.writerow(([] if healthy else [i]) + [f"{v:.5f}" for v in data.data[k]] + [f"{data.target[k]:.0f}"])
