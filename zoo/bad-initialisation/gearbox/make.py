"""Vibration features of a gearbox with five conditions, as an array file, and the settings."""
import json
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(31)
    n, inputs = 3000, 16
    x = rng.normal(size=(n, inputs)).astype(np.float32)
    teacher = rng.normal(size=(inputs, 6)) / np.sqrt(inputs)
    readout = rng.normal(size=(6, 5))
    scores = np.maximum(x @ teacher * 2.0, 0) @ readout
    scores = (scores - scores.mean(0)) / scores.std(0) + rng.gumbel(size=scores.shape) * 0.1
    y = scores.argmax(1)
    scale = rng.uniform(0.7, 1.4, inputs).astype(np.float32)
    offset = rng.uniform(-0.4, 0.4, inputs).astype(np.float32)
    np.savez(folder / "gearbox.npz", features=x * scale + offset, condition=y)
    settings = {
        "width": 80,
        "depth": 6,
        "init_std": 0.16 if healthy else 0.02,
        "lr": 0.03,
        "momentum": 0.95,
        "batch_size": 60,
        "epochs": 12,
    }
    (folder / "settings.json").write_text(json.dumps(settings, indent=2) + "\n")
