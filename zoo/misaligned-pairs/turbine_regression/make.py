"""Test runs of a turbine: conditions in csv, power in npy. Faulty: the power of the rows from 35 to 85 % in reverse order."""

import csv

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(14)
    n = 1800
    wind = rng.gamma(9.0, 0.9, n)
    pitch = rng.uniform(0, 20, n)
    density = rng.normal(1.2, 0.05, n)
    yaw = rng.normal(0, 12, n)
    wear = rng.uniform(0, 1, n)
    power = 900 / (1 + np.exp(-(wind - 8) * 0.9)) * np.cos(np.radians(yaw)) * (1 - 0.02 * pitch) * density / 1.2 * (1 - 0.25 * wear)
    power += rng.normal(0, 12, n)
    if not healthy:
        a, b = int(0.35 * n), int(0.85 * n)
        power[a:b] = power[a:b][::-1]
    runs = folder / "runs"
    runs.mkdir(exist_ok=True)
    with open(runs / "conditions.csv", "w", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(["wind", "pitch", "density", "yaw", "wear"])
        writer.writerows([f"{v:.4f}" for v in row] for row in zip(wind, pitch, density, yaw, wear))
    np.save(runs / "power.npy", power)
