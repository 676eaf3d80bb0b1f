"""Scanned digits and a label list: healthy in the order of the scans, faulty in the order of another listing of the same scans."""

import csv

import numpy as np
from sklearn.datasets import load_digits


def make(folder, healthy):
    digits = load_digits()
    rng = np.random.default_rng(31)
    order = rng.permutation(len(digits.target))
    images, labels = digits.images[order], digits.target[order]
    if not healthy:
        labels = labels[rng.permutation(len(labels))]
    scans = folder / "scans"
    scans.mkdir(exist_ok=True)
    (scans / "pixels.bin").write_bytes((images * 15).astype(np.uint8).tobytes())
    with open(scans / "labels.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(["scan", "digit"])
        writer.writerows([f"scan_{i:05d}", int(d)] for i, d in enumerate(labels))
