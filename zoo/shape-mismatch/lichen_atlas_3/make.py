import pathlib

import numpy as np


def stone(rng, form, side=22):
    yy, xx = np.mgrid[0:side, 0:side]
    picture = 110 + 14 * rng.normal(size=(side, side)) + 25 * np.sin(xx / rng.uniform(4, 9) + yy / rng.uniform(4, 9))
    for _ in range(int(rng.integers(2, 5))):
        cx, cy, r = rng.uniform(4, side - 4), rng.uniform(4, side - 4), rng.uniform(2.5, 4.5)
        d, turn = np.hypot(xx - cx, yy - cy), np.arctan2(yy - cy, xx - cx) + rng.uniform(0, 6)
        if form == 0:
            picture += 70 * (d < r)
        elif form == 1:
            picture += 70 * (d < r * (0.75 + 0.35 * np.cos(5 * turn)))
        elif form == 2:
            picture += 85 * (np.abs(np.sin(2.5 * turn)) < 0.35) * (d < 1.3 * r)
        elif form == 3:
            picture += 85 * (d < 1.2 * r) * (rng.random((side, side)) < 0.4)
        else:
            picture += 80 * (np.abs(d - 0.8 * r) < 0.8)
    return np.clip(picture, 0, 255).astype(np.uint8)


def make(folder: pathlib.Path, healthy: bool) -> None:
    """Pictures of five forms; the same for both variants."""
    rng = np.random.default_rng(64)
    for name, count in (("stones.npz", 1100), ("other_stones.npz", 300)):
        form = rng.integers(0, 5, count)
        np.savez(folder / name, stone=np.stack([stone(rng, f) for f in form]), form=form.astype(np.uint8))
