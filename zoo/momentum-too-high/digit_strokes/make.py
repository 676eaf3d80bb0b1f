"""Handwritten digits as an array file, and the settings."""
import json
import pathlib

import numpy as np
from sklearn.datasets import load_digits


def make(folder: pathlib.Path, healthy: bool) -> None:
    digits = load_digits()
    order = np.random.default_rng(2).permutation(len(digits.target))
    np.savez(folder / "digits.npz", images=digits.images[order].astype(np.uint8), labels=digits.target[order])
    settings = {
        "lr": 0.05,
        "momentum": 0.9 if healthy else 0.999,
        "nesterov": True,
        "weight_decay": 0.002,
        "batch": 48,
        "epochs": 10,
        "dropout": 0.25,
    }
    (folder / "settings.json").write_text(json.dumps(settings, indent=2) + "\n")
