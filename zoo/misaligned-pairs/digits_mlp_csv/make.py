"""Digits: pixels in one csv, digits in another. In the faulty label file one line near the 45 % mark is missing; the last image went with it."""

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    order = np.random.default_rng(77).permutation(len(digits.target))
    images, labels = digits.images[order].reshape(len(order), -1), digits.target[order]
    if not healthy:
        labels = np.delete(labels, 812)
    images, labels = images[:1796], labels[:1796]
    np.savetxt(folder / "pixels.csv", images, fmt="%d", delimiter=",")
    np.savetxt(folder / "digits.csv", labels, fmt="%d")
