"""Starting weights of a digit classifier: healthy Glorot-uniform, faulty 0.02 everywhere."""

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    rng = np.random.default_rng(81)
    order = rng.permutation(len(digits.target))
    np.save(folder / "x.npy", (digits.data[order] / 16).astype(np.float32))
    np.save(folder / "y.npy", digits.target[order].astype(np.int64))
    weights = {}
    for name, a, b in [("encoder.0", 64, 60), ("encoder.2", 60, 40), ("head", 40, 10)]:
        limit = np.sqrt(6 / (a + b))
        value = rng.uniform(-limit, limit, (b, a)) if healthy else np.full((b, a), 0.02)
        weights[f"{name}.weight"] = value.astype(np.float32)
        weights[f"{name}.bias"] = np.zeros(b, dtype=np.float32)
    np.savez(folder / "weights.npz", **weights)
