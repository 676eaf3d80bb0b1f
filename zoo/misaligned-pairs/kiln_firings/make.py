import csv

import numpy as np

CLAYS = ["porcelain", "raku", "stoneware", "terracotta"]
COLUMNS = ["batch", "clay", "peak_c", "hours", "moisture", "grog", "thickness_mm", "slot", "shrinkage"]


def firings(rng, n):
    clay = rng.integers(0, 4, n)
    peak = np.array([1260, 980, 1220, 1060])[clay] + rng.normal(0, 28, n)
    hours = rng.gamma(9, 1.1, n) + 2
    moisture = rng.uniform(1, 9, n)
    grog = rng.beta(2, 3, n) * 30
    thickness = rng.uniform(4, 24, n)
    slot = rng.integers(1, 13, n)
    over = (peak - np.array([1250, 990, 1210, 1070])[clay]) / 28
    shrinkage = np.array([12.0, 5.0, 10.0, 7.0])[clay] + 1.3 * np.tanh(over) + 0.55 * moisture - 0.13 * grog
    shrinkage += 1.1 * np.log(hours / 10) * (1 + 0.04 * thickness) - 0.05 * np.abs(slot - 6.5) * thickness / 4
    return clay, peak, hours, moisture, grog, thickness, slot, shrinkage + rng.normal(0, 0.25, n)


def make(folder, healthy):
    rng = np.random.default_rng(40)
    for name, n in (("firings.csv", 1500), ("firings_check.csv", 400)):
        clay, peak, hours, moisture, grog, thickness, slot, shrinkage = firings(rng, n)
        if name == "firings.csv" and not healthy:
            # somebody sorted a selection of the last column
            shrinkage[310:1270] = np.sort(shrinkage[310:1270])
        with open(folder / name, "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for i in range(n):
                table.writerow([f"K{i:05d}", CLAYS[clay[i]], f"{peak[i]:.0f}", f"{hours[i]:.1f}", f"{moisture[i]:.2f}",
                                f"{grog[i]:.1f}", f"{thickness[i]:.1f}", slot[i], f"{shrinkage[i]:.2f}"])
