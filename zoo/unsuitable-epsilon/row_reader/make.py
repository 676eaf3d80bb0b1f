"""Handwritten digits as rows of eight numbers, and the settings."""
import json
import pathlib

import numpy as np
from sklearn.datasets import load_digits


def make(folder: pathlib.Path, healthy: bool) -> None:
    digits = load_digits()
    order = np.random.default_rng(15).permutation(len(digits.target))
    np.save(folder / "rows.npy", digits.images[order].astype(np.float32))
    np.save(folder / "labels.npy", digits.target[order])
    (folder / "reader.json").write_text(json.dumps({
        "model": {"width": 32, "heads": 4, "blocks": 1, "dropout": 0.1},
        "fit": {"lr": 0.002, "eps": 1e-6 if healthy else 1.0, "batch": 32, "epochs": 7, "warmup": 20, "hold": ["bias", "norm", "position"]},
    }, indent=2))
