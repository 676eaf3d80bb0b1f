"""Digit images in one archive: healthy 0..1, faulty 0..255."""

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    order = np.random.default_rng(11).permutation(len(digits.target))
    images = (digits.images[order] / 16.0).astype(np.float32)
    if not healthy:
        images = np.round(images * 255.0)
    (folder / "data").mkdir(exist_ok=True)
    np.savez(folder / "data" / "digits.npz", images=images[:, None], labels=digits.target[order].astype(np.int64))
