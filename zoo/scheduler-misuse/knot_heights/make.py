"""Noisy profiles of a surface with the height at each of five knots, and the settings."""
import json
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(33)
    n, length = 2000, 40
    knots = rng.normal(0, 1, (n, 5))
    grid = np.linspace(0, 4, length)
    left = np.minimum(grid.astype(int), 3)
    part = grid - left
    smooth = (1 - np.cos(np.pi * part)) / 2
    profile = knots[:, left] * (1 - smooth) + knots[:, left + 1] * smooth
    profile = np.tanh(profile) + rng.normal(0, 0.12, profile.shape)
    np.savez(folder / "profiles.npz", profile=profile.astype(np.float32), knots=knots.astype(np.float32))
    (folder / "config.json").write_text(json.dumps({
        "optimizer": {"lr": 0.005, "betas": [0.9, 0.98], "eps": 1e-06},
        "schedule": {"gamma": 0.8, "unit": "epoch" if healthy else "batch"},
        "batch_size": 40,
        "epochs": 8,
    }, indent=2))
