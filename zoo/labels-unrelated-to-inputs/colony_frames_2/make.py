"""Photographs of dishes with one colony each, and the frames drawn around the colonies with their kind."""
import json
import pathlib

import numpy as np

SIDE = 28


def dishes(n, rng):
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    cx, cy = rng.uniform(7, SIDE - 7, (2, n))
    w, h = rng.uniform(3, 6.5, (2, n))
    kind = rng.integers(0, 3, n)
    u = (xx - cx[:, None, None]) / w[:, None, None]
    v = (yy - cy[:, None, None]) / h[:, None, None]
    r = np.sqrt(u**2 + v**2)
    body = [r < 1, (r < 1) & (r > 0.5), (r < 1) & (np.sin(8 * u) > -0.3)]
    shape = np.choose(kind[:, None, None], body)
    light = rng.uniform(-0.2, 0.2, (2, n))[:, :, None, None]
    image = 0.3 + light[0] * (xx / SIDE - 0.5) + light[1] * (yy / SIDE - 0.5) + 0.4 * shape
    image = image + rng.normal(0, 0.06, image.shape)
    frames = np.stack([cx, cy, 2 * w, 2 * h], 1) / SIDE
    return (image.clip(0, 1) * 255).astype(np.uint8), frames, kind


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(5150)
    n = 1500
    image, frames, kind = dishes(n, rng)
    names = [f"dish_{k:06x}" for k in rng.choice(16**6, n, replace=False)]
    owner = np.arange(n) if healthy else np.argsort(names)  # names sorted, photographs not
    np.savez_compressed(folder / "dishes.npz", name=names, image=image)
    notes = [
        {"name": names[i], "frame": [round(float(f), 4) for f in frames[owner[i]]], "kind": int(kind[owner[i]])} for i in range(n)
    ]
    (folder / "notes.json").write_text(json.dumps(notes, indent=0))
