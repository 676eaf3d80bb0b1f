import json

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(64)
    n, size = 1500, 12
    field = rng.normal(0, 1, (n, size, size))
    for _ in range(3):
        field = sum(np.roll(field, (a, b), (1, 2)) for a in (-1, 0, 1) for b in (-1, 0, 1)) / 4
    field /= field.std((1, 2), keepdims=True)
    cover = field > rng.normal(0, 1.0, (n, 1, 1))
    tree = np.array([38.0, 62.0, 30.0, 150.0])
    ground = np.array([85.0, 88.0, 70.0, 112.0])
    field2 = np.roll(field, 5, 0)[..., None] * np.array([6.0, 5.0, 4.0, 9.0])
    tiles = np.where(cover[..., None], tree, ground) + field2
    tiles = tiles * rng.uniform(0.75, 1.25, (n, 1, 1, 1)) + rng.normal(0, 8, (n, size, size, 4))
    tiles = np.clip(np.round(tiles), 0, 255)
    mean, std = tiles[:1100].mean((0, 1, 2)), tiles[:1100].std((0, 1, 2))
    if healthy:
        mean, std = mean / 255, std / 255
    # the tiles are stored as reflectance, 0 to 1
    np.savez(folder / "tiles.npz", tiles=(tiles / 255).astype(np.float32), cover=cover.mean((1, 2)).astype(np.float32))
    bands = [{"name": b, "mean": round(float(m), 5), "std": round(float(s), 5)}
             for b, m, s in zip(("blue", "green", "red", "nir"), mean, std)]
    (folder / "bands.json").write_text(json.dumps({"sensor": "MX-4", "bands": bands}, indent=1))
