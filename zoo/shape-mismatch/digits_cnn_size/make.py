"""Digit images as 8x8 (healthy) or padded by a pixel all round to 10x10 (faulty)."""

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    order = np.random.default_rng(12).permutation(len(digits.target))
    images = digits.images[order].astype(np.float32) / 16
    if not healthy:
        images = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    np.savez_compressed(folder / "digits.npz", images=images, labels=digits.target[order].astype(np.int64))
