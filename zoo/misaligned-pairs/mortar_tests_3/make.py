import csv
import pathlib

import numpy as np

COLUMNS = ["cement", "slag", "water", "plasticiser", "sand", "days_damp"]


def tests(n, rng):
    low = np.array([250, 0, 140, 0, 1100, 1])
    high = np.array([520, 180, 230, 9, 1500, 21])
    u = rng.uniform(0, 1, (n, 6))
    x = low + u * (high - low)
    binder = x[:, 0] + 0.6 * x[:, 1] * np.minimum(1, x[:, 5] / 10)
    ratio = x[:, 2] / binder
    mpa = 95 * np.exp(-2.2 * ratio) + 9 * np.sin(x[:, 3] / 9 * np.pi) + 6 * np.log(x[:, 5])
    mpa = mpa - 4 * ((x[:, 4] - 1300) / 200) ** 2 + rng.normal(0, 1.0, n)
    return x, mpa


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(3)
    for part, n in (("lab", 900), ("check", 250)):
        x, mpa = tests(n, rng)
        # one strength was lost at row 330: from there on each is one row early; the file's last row is a later test
        if part == "lab" and not healthy:
            mpa = np.concatenate([mpa[:330], mpa[331:], mpa[330:331]])
        with open(folder / f"{part}_mixes.csv", "w", newline="") as file:
            w = csv.writer(file)
            w.writerow(COLUMNS)
            w.writerows([[f"{v:.2f}" for v in row] for row in x])
        with open(folder / f"{part}_strength.csv", "w", newline="") as file:
            w = csv.writer(file)
            w.writerow(["mpa"])
            w.writerows([[f"{v:.2f}"] for v in mpa])
