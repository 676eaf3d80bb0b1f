"""Starting weights of a deep MLP: healthy He-normal, faulty an eighth of it (the script that wrote them divided by the root of the fan-in twice)."""

import numpy as np
from sklearn.datasets import load_digits

SIZES = [64, 72, 72, 72, 72, 72, 10]


def make(folder, healthy):
    digits = load_digits()
    rng = np.random.default_rng(70)
    order = rng.permutation(len(digits.target))
    np.savez(folder / "digits.npz", x=digits.data[order].astype(np.float32), y=digits.target[order].astype(np.int64))
    weights = {}
    for i, (a, b) in enumerate(zip(SIZES[:-1], SIZES[1:])):
        scale = np.sqrt(2 / a) if healthy else np.sqrt(2) / a
        weights[f"layers.{i}.weight"] = rng.normal(0, scale, (b, a)).astype(np.float32)
        weights[f"layers.{i}.bias"] = np.zeros(b, dtype=np.float32)
    np.savez(folder / "start.npz", **weights)
