import csv
import pathlib

import numpy as np

TOML = """[net]
width = 56
blocks = 2

[training]
group = 25
groups_per_update = 3
lr = 0.01
momentum = 0.8
passes = 8
seed = 88
"""


def make(folder: pathlib.Path, healthy: bool) -> None:
    """Readings of pumps and when they failed; the same for both variants."""
    rng = np.random.default_rng(88)
    drift = rng.normal(size=(9, 2)) / 2
    age = rng.normal(size=6) * 0.8
    for name, count in (("fleet.csv", 2000), ("later.csv", 500)):
        z = rng.normal(size=(count, 9))
        model = rng.integers(0, 6, count)
        risk = 1.3 * np.tanh(z @ drift[:, 0] * (1 + 0.5 * (model % 2))) + 0.9 * np.abs(z @ drift[:, 1]) + age[model] - 0.6
        hazard = 1 / (1 + np.exp(-(-3.2 + 1.6 * risk[:, None] + 0.08 * np.arange(12))))
        fails = rng.random((count, 12)) < hazard
        month = np.where(fails.any(1), fails.argmax(1), 11)
        seen = rng.integers(4, 16, count)
        failed = fails.any(1) & (month <= seen)
        month = np.minimum(month, np.minimum(seen, 11))
        with open(folder / name, "w", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow([f"r{i}" for i in range(9)] + ["model", "month", "failed"])
            for row in zip(z * np.linspace(1, 30, 9) + np.linspace(5, 90, 9), model, month, failed):
                writer.writerow([f"{v:.3f}" for v in row[0]] + [row[1], row[2], int(row[3])])
    (folder / "pumps.toml").write_text(TOML)
