"""Spectra of wood samples in the order of measurement; the laboratory's rows in that order, or (faulty) by the forester's plot code."""
import csv

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(58)
    n, bands = 1500, 90
    wave = np.linspace(0, 1, bands)
    density = rng.normal(480, 70, n)
    moisture = rng.gamma(6, 2.0, n)
    resin = rng.gamma(2, 1.0, n)
    bumps = [(0.2, 0.05), (0.38, 0.04), (0.55, 0.07), (0.72, 0.05), (0.85, 0.04)]
    shape = np.stack([np.exp(-((wave - c) / w) ** 2) for c, w in bumps])
    d, m = (density - 480) / 70, (moisture - 12) / 5
    amounts = np.stack([1.0 + 0.25 * d, 0.9 + 0.3 * m, 1.2 + 0.2 * d - 0.1 * m + 0.05 * d * m, 0.6 + 0.15 * resin, 0.8 - 0.2 * d + 0.1 * resin], 1)
    slope = rng.normal(0, 0.4, (n, 1)) * wave + rng.normal(0, 0.3, (n, 1))
    spectra = (amounts @ shape + slope + rng.normal(0, 0.03, (n, bands))) * rng.uniform(0.7, 1.3, (n, 1))
    plots = [f"{rng.choice(list('ABCDEFGH'))}{rng.integers(100, 1000)}" for _ in range(n)]
    rows = list(range(n))
    if not healthy:
        rows.sort(key=lambda i: plots[i])
    place = folder / "spectra"
    place.mkdir(exist_ok=True)
    for day, part in enumerate(np.array_split(spectra.astype(np.float32), 6)):
        np.save(place / f"2023-05-{8 + day:02d}.npy", part)
    with open(folder / "laboratory.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["plot", "density", "moisture"])
        for i in rows:
            out.writerow([plots[i], f"{density[i]:.1f}", f"{moisture[i]:.2f}"])
