"""Breast cancer columns and the weights of a small classifier as JSON; in the faulty file the second layer's biases are -12."""

import csv
import json

import numpy as np
from sklearn.datasets import load_breast_cancer

SIZES = [30, 32, 16, 2]


def make(folder, healthy):
    data = load_breast_cancer()
    rng = np.random.default_rng(33)
    order = rng.permutation(len(data.target))
    with open(folder / "cells.csv", "w", newline="") as f:
        csv.writer(f).writerows([f"{v:.5g}" for v in data.data[k]] + [int(data.target[k])] for k in order)
    layers = []
    for i, (a, b) in enumerate(zip(SIZES[:-1], SIZES[1:])):
        bias = np.zeros(b)
        if i == 1 and not healthy:
            bias -= 12.0
        layers.append({"weight": rng.normal(0, np.sqrt(2 / a), (b, a)).round(5).tolist(), "bias": bias.tolist()})
    (folder / "initial.json").write_text(json.dumps({"sizes": SIZES, "layers": layers}))
