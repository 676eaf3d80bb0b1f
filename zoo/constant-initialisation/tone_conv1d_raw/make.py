"""Short tones of four instruments and a raw file of starting weights: healthy He-normal, faulty zeros."""

import numpy as np

SHAPES = [(12, 1, 7), (12,), (24, 12, 5), (24,), (4, 24 * 10), (4,)]


def make(folder, healthy):
    rng = np.random.default_rng(90)
    n, length = 1200, 40
    kinds = rng.integers(0, 4, n)
    t = np.arange(length)
    mixes = np.array([[1, 0, 0, 0], [0.6, 0, 0.6, 0], [0.5, 0.7, 0, 0], [0.3, 0.3, 0.4, 0.6]])
    tones = np.zeros((n, length))
    for i, kind in enumerate(kinds):
        pitch, phase = rng.uniform(0.06, 0.09), rng.uniform(0, 2 * np.pi)
        for k, height in enumerate(mixes[kind], 1):
            tones[i] += height * np.sin(2 * np.pi * pitch * k * t + k * phase)
    tones += rng.normal(0, 0.12, tones.shape)
    np.savez(folder / "tones.npz", tones=tones.astype(np.float32), kinds=kinds.astype(np.int64))
    parts = []
    for shape in SHAPES:
        fan_in = int(np.prod(shape[1:]))
        spread = np.sqrt(2 / fan_in) if healthy and len(shape) > 1 else 0.0
        parts.append(rng.normal(0, 1, shape).ravel() * spread)
    np.concatenate(parts).astype("<f4").tofile(folder / "start.f32")
