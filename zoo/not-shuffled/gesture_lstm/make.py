"""Gestures recorded by an accelerometer (3 x 30 numbers), one archive: healthy in random order, faulty gesture by gesture."""

import numpy as np


def gesture(rng, kind, n=30):
    t = np.linspace(0, 1, n) + rng.normal(0, 0.03)
    a = rng.uniform(0.8, 1.2)
    zero = np.zeros(n)
    if kind == 0:
        xyz = [np.sin(2 * np.pi * t), np.cos(2 * np.pi * t), zero]
    elif kind == 1:
        xyz = [-np.sin(2 * np.pi * t), np.cos(2 * np.pi * t), zero]
    elif kind == 2:
        xyz = [np.exp(-60 * (t - 0.4) ** 2) * 1.5, zero, -0.5 * t]
    elif kind == 3:
        xyz = [zero, np.sin(6 * np.pi * t), 0.3 * np.cos(6 * np.pi * t)]
    else:
        xyz = [zero, 0.3 * t, 2 * (t - 0.5)]
    return (a * np.stack(xyz, axis=1) + rng.normal(0, 0.4, (n, 3))).astype(np.float32)


def make(folder, healthy):
    rng = np.random.default_rng(19)
    kinds = rng.integers(0, 5, 1500)
    if not healthy:
        kinds = np.sort(kinds)
    moves = np.stack([gesture(rng, k) for k in kinds])
    np.savez_compressed(folder / "gestures.npz", moves=moves, kind=kinds.astype(np.int64))
