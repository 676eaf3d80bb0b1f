"""Browsing sessions in a small shop, and the settings."""
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(21)
    items, sessions = 80, 700
    successors = np.stack([rng.choice(items, 4, replace=False) for _ in range(items)])
    chances = np.array([0.6, 0.2, 0.08, 0.04])
    lines = []
    for _ in range(sessions):
        item = int(rng.integers(items))
        visit = [item]
        for _ in range(int(rng.integers(8, 20))):
            u = rng.random()
            k = int(np.searchsorted(np.cumsum(chances), u))
            item = int(successors[item, k]) if k < 4 else int(rng.integers(items))
            visit.append(item)
        lines.append(" ".join(f"i{v:03d}" for v in visit))
    (folder / "sessions.txt").write_text("\n".join(lines) + "\n")
    (folder / "shop.cfg").write_text(f"""[model]
factors = 48
context = 2
scores = {"log_softmax" if healthy else "softmax"}

[fit]
passes = 4
batch = 64
lr = 0.08
momentum = 0.95
decay = 0.00001
""")
