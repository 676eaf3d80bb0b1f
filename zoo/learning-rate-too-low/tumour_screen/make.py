"""The screening table, rows already in random order, and the settings file."""
import pathlib

import numpy as np
from sklearn.datasets import load_breast_cancer


def make(folder: pathlib.Path, healthy: bool) -> None:
    data = load_breast_cancer()
    order = np.random.default_rng(5).permutation(len(data.target))
    table = np.column_stack([data.data, data.target])[order]
    names = [n.replace(" ", "_") for n in data.feature_names] + ["benign"]
    np.savetxt(folder / "cells.csv", table, delimiter=",", header=",".join(names), comments="", fmt="%g")
    (folder / "screen.ini").write_text(f"""[model]
width = 48
dropout = 0.5

[training]
epochs = 40
batch_size = 32
momentum = 0.95
weight_decay = 0.01
step = {0.02 if healthy else 0.00002}
""")
