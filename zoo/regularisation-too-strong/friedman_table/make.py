"""A synthetic process table (Friedman's first function with two idle columns) and the experiment file."""
import json
import pathlib

import numpy as np
from sklearn.datasets import make_friedman1


def make(folder: pathlib.Path, healthy: bool) -> None:
    x, y = make_friedman1(n_samples=1600, n_features=7, noise=1.0, random_state=9)
    np.save(folder / "process.npy", np.column_stack([x, y]).astype(np.float32))
    experiment = {
        "name": "process-yield",
        "layers": [64, 64, 32],
        "optimizer": {"lr": 0.01, "eps": 1e-6, "weight_decay": 0.0001 if healthy else 0.3},
        "batch_size": 50,
        "epochs": 14,
    }
    (folder / "experiment.json").write_text(json.dumps(experiment, indent=4))
