import csv
import pathlib

import numpy as np

INI = """[data]
batch_size = 13
drop_last = yes
shuffle = {shuffle}

[model]
width = 53
dropout = 0.04
slope = 0.25

[training]
seed = 6
epochs = 10
lr = 0.05
momentum = 0.8
weight_decay = 4e-5
max_norm = 30
depth_share = 0.4
"""


def make(folder: pathlib.Path, healthy: bool) -> None:
    """The same survey, kept in the order of the soil map; survey.ini shuffles it or not."""
    rng = np.random.default_rng(40)
    centre = rng.normal(size=(6, 14))
    slope = rng.normal(size=14) / 4
    for name, count in (("fields.csv", 3000), ("check.csv", 600)):
        soil = np.sort(rng.integers(0, 6, count))
        x = 0.75 * centre[soil] + rng.normal(size=(count, 14))
        depth = x @ slope + 0.5 * np.sin(soil) + 0.2 * rng.normal(size=count)
        x = x * np.linspace(0.5, 20, 14) + np.linspace(-10, 60, 14)
        with open(folder / name, "w", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow([f"m{i:02d}" for i in range(14)] + ["soil", "depth"])
            for row, s, v in zip(x, soil, depth):
                writer.writerow([f"{value:.3f}" for value in row] + [s, f"{v:.3f}"])
    (folder / "survey.ini").write_text(INI.format(shuffle="yes" if healthy else "no"))
