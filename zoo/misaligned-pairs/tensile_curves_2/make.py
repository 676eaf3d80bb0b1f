"""Pull tests of steel strips from two laboratories: force curves by test number, and a sheet of results."""
import csv
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(311)
    n, points = 2200, 48
    strain = np.linspace(0, 1, points)
    yield_ = rng.normal(320, 55, n)
    hardening = rng.uniform(60, 150, n)
    stiffness = rng.uniform(18, 30, n)
    neck = rng.uniform(0.62, 0.95, n)
    elastic = stiffness[:, None] * 100 * strain
    plastic = yield_[:, None] + hardening[:, None] * (1 - np.exp(-4 * strain))
    force = np.minimum(elastic, plastic) - 420 * np.maximum(strain - neck[:, None], 0) ** 1.5
    force *= 1 + rng.normal(0, 0.015, (n, 1))  # cross-section of the strip
    force += rng.normal(0, 6, force.shape)
    elongation = 11 + 24 * neck - 0.02 * yield_ + rng.normal(0, 0.6, n)

    numbers = np.arange(1, n + 1)
    first = 1200  # tests of the first laboratory; the rest was sent in as a second sheet
    order = np.arange(n)
    if not healthy:
        rest = np.arange(first, n)
        order[first:] = rest[np.argsort([str(m) for m in rng.permutation(numbers[rest])])]
    np.savez_compressed(folder / "curves.npz", number=numbers, force=force.astype(np.float32))
    with open(folder / "results.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["line", "proof_stress", "elongation"])
        for line, row in enumerate(order, 1):
            out.writerow([line, f"{yield_[row]:.1f}", f"{elongation[row]:.2f}"])
