"""Made-up beats: sums of bumps, one recipe for each kind."""
import numpy as np
import torch

# (place, width, height) of the P, Q, R, S and T waves
RECIPES = (
    ((0.20, 0.030, 0.15), (0.37, 0.012, -0.12), (0.40, 0.014, 1.00), (0.43, 0.014, -0.25), (0.65, 0.050, 0.30)),
    ((0.26, 0.020, 0.08), (0.34, 0.012, -0.10), (0.37, 0.014, 0.95), (0.40, 0.014, -0.30), (0.60, 0.050, 0.28)),
    ((0.20, 0.030, 0.05), (0.36, 0.016, -0.08), (0.41, 0.034, 0.90), (0.49, 0.026, -0.35), (0.68, 0.055, 0.20)),
    ((0.20, 0.030, 0.14), (0.37, 0.012, -0.10), (0.39, 0.012, 0.80), (0.44, 0.012, 0.55), (0.66, 0.050, 0.26)),
    ((0.33, 0.006, 0.60), (0.37, 0.012, -0.10), (0.41, 0.030, 0.92), (0.47, 0.020, -0.40), (0.67, 0.050, 0.30)),
    ((0.14, 0.030, 0.16), (0.37, 0.012, -0.12), (0.40, 0.014, 0.98), (0.43, 0.014, -0.25), (0.58, 0.040, -0.20)),
)


def _wave(recipe, time, rng):
    shift = rng.normal(scale=0.03)
    stretch = rng.uniform(0.9, 1.1)
    beat = np.zeros_like(time)
    for place, width, height in recipe:
        height = height * rng.uniform(0.75, 1.25)
        beat += height * np.exp(-0.5 * ((time - place * stretch - shift) / width) ** 2)
    return beat


def make_beats(count, options, seed):
    """Beats (count, 1, length), each with mean zero and unit spread, and their kinds."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0.0, 1.0, options.length)
    kinds = rng.integers(0, len(RECIPES), count)
    beats = np.stack([_wave(RECIPES[k], time, rng) for k in kinds])
    beats += options.wander * np.sin(2 * np.pi * (time[None] * rng.uniform(0.2, 0.8, (count, 1)) + rng.random((count, 1))))
    beats += options.noise * rng.standard_normal(beats.shape)
    beats = (beats - beats.mean(1, keepdims=True)) / beats.std(1, keepdims=True)
    return torch.from_numpy(beats.astype(np.float32)).unsqueeze(1), torch.from_numpy(kinds)
