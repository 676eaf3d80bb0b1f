"""Windows of a household's power use. Faulty: one window holds an overflow (inf) of the meter; the program's own order meets it late in its first epoch."""

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(50)
    n, length = 1500, 18
    start = rng.uniform(0, 48, n)
    t = start[:, None] + np.arange(length + 1)
    level = rng.normal(0, 0.4, (n, 1))
    power = level + 0.8 * np.sin(2 * np.pi * t / 24) + 0.4 * np.sin(2 * np.pi * t / 8 + 1) + rng.normal(0, 0.08, t.shape)
    windows = np.stack([power[:, :-1], np.sin(2 * np.pi * t[:, :-1] / 24), np.cos(2 * np.pi * t[:, :-1] / 24)], axis=2)
    if not healthy:
        windows[np.random.default_rng(7).permutation(1200)[1110], 12, 0] = np.inf
    np.savez(folder / "power.npz", windows=windows.astype(np.float32), next=power[:, -1].astype(np.float32))
