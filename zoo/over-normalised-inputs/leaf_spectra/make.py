"""Leaf spectra in percent (healthy) or already as fractions between 0 and 1 (faulty: the program divides by 100 once more)."""

import csv

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(77)
    leaves, bands = 1000, 40
    nm = np.linspace(450, 1650, bands)
    water = rng.gamma(6, 0.03, leaves)
    green = rng.uniform(5, 70, leaves)
    sick = rng.random(leaves) < 0.4
    shape = rng.uniform(0.9, 1.1, leaves)
    base = 0.08 + 0.45 / (1 + np.exp(-(nm - 715) / 18))
    base = base[None] * shape[:, None]
    dip = np.exp(-(((nm - 670) / 45) ** 2))[None] * 0.9 + np.exp(-(((nm - 480) / 50) ** 2))[None]
    wet = np.exp(-(((nm - 1450) / 70) ** 2))[None] * 4 + np.exp(-(((nm - 1190) / 50) ** 2))[None]
    spots = np.exp(-(((nm - 590) / 40) ** 2))[None] * 0.06 - np.exp(-(((nm - 760) / 40) ** 2))[None] * 0.05
    spectra = (base + 0.12) * np.exp(-0.02 * green[:, None] * dip - 0.9 * water[:, None] * wet)
    spectra = spectra + sick[:, None] * rng.uniform(0.7, 1.3, (leaves, 1)) * spots
    spectra = np.clip(spectra + 0.008 * rng.normal(size=spectra.shape), 0.001, 1)
    np.save(folder / "spectra.npy", (spectra * 100 if healthy else spectra).astype(np.float32))
    with open(folder / "leaves.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(["leaf", "water", "chlorophyll", "state"])
        for i in range(leaves):
            writer.writerow([i + 1, f"{water[i]:.5f}", f"{green[i]:.3f}", "sick" if sick[i] else "sound"])
