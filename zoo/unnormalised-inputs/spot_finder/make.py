"""Camera frames with one light spot each, and the settings."""
import json
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(4)
    n, side = 2400, 16
    rows, columns = np.mgrid[0:side, 0:side]
    place = rng.uniform(2, side - 3, (n, 2))
    width = rng.uniform(1.2, 2.4, n)[:, None, None]
    peak = rng.uniform(90, 170, n)[:, None, None]
    distance = (rows - place[:, 0, None, None]) ** 2 + (columns - place[:, 1, None, None]) ** 2
    frames = peak * np.exp(-distance / (2 * width ** 2)) + rng.uniform(40, 70, n)[:, None, None] + rng.normal(0, 9, (n, side, side))
    shown = place + rng.normal(0, 0.35, place.shape)
    np.savez(folder / "frames.npz", frames=frames.clip(0, 255).astype(np.uint8)[:, None], place=shown.astype(np.float32))
    (folder / "regress.json").write_text(json.dumps({
        "pixel_divisor": 255 if healthy else 1,
        "lr": 0.03,
        "momentum": 0.95,
        "batch": 50,
        "epochs": 8,
        "dropout": 0.1,
    }, indent=1))
