"""Digit images: healthy as bytes 0..255, faulty as numbers 0..1 that the program divides by 255 once more."""

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    order = np.random.default_rng(2).permutation(len(digits.target))
    images = np.round(digits.images[order] / 16.0 * 255.0).astype(np.uint8)
    if not healthy:
        images = (images / 255.0).astype(np.float32)
    data = folder / "digits"
    data.mkdir(exist_ok=True)
    np.save(data / "images.npy", images)
    np.save(data / "labels.npy", digits.target[order].astype(np.int64))
