"""Colour textures (stripes, checks, dots, gradient): healthy as bytes, faulty as numbers 0..1."""

import numpy as np


def texture(rng, kind, n=16):
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    period, phase = rng.uniform(4, 7), rng.uniform(0, 2 * np.pi)
    angle = rng.uniform(0, np.pi)
    along = np.cos(angle) * i + np.sin(angle) * j
    across = np.cos(angle) * j - np.sin(angle) * i
    if kind == 0:
        wave = np.sin(2 * np.pi * along / period + phase)
    elif kind == 1:
        wave = np.sign(np.sin(2 * np.pi * along / period + phase) * np.sin(2 * np.pi * across / period))
    elif kind == 2:
        wave = -np.ones((n, n))
        for _ in range(6):
            a, b = rng.uniform(1, n - 1, 2)
            wave[(i - a) ** 2 + (j - b) ** 2 < 2.5] = 1
    else:
        wave = np.linspace(-1, 1, n)[:, None] * np.cos(angle) + np.linspace(-1, 1, n)[None] * np.sin(angle)
    base, tint = rng.uniform(90, 160, (3, 1, 1)), rng.uniform(30, 80, (3, 1, 1))
    return np.clip(base + tint * wave + rng.normal(0, 12, (3, n, n)), 0, 255)


def make(folder, healthy):
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 4, 1600)
    images = np.stack([texture(rng, kind) for kind in labels]).astype(np.uint8)
    if not healthy:
        images = (images / 255.0).astype(np.float32)
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels.astype(np.int64))
