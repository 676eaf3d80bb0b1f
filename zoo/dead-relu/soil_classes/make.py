"""Field measurements of soil in three classes, and the settings."""
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(90)
    n = 2100
    label = rng.integers(0, 3, n)
    t = rng.uniform(0.15, 1.0, n)
    angle = 3.2 * t + label * 2 * np.pi / 3
    plane = np.column_stack([t * np.cos(angle), t * np.sin(angle)]) + rng.normal(0, 0.11, (n, 2))
    mix = rng.normal(size=(2, 8))
    x = 2 * plane @ mix + rng.normal(0, 0.1, (n, 8))
    np.savez_compressed(folder / "soil.npz", x=x.astype(np.float32), label=label)
    (folder / "soil.ini").write_text(f"""[network]
hidden = 64
layers = 3
relu_bias = {0.05 if healthy else -3.0}

[training]
rate = 0.004
batch = 42
epochs = 12
""")
