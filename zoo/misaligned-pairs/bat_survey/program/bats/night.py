"""A night at the recorder (simulated): sweeps whose course in time depends on the species."""
from dataclasses import dataclass

import numpy as np

from . import SPECIES

# start and end of the sweep (share of the band), curvature, second harmonic
CALLS = (
    (0.22, 0.14, 0.5, 0.1),
    (0.34, 0.18, 1.5, 0.2),
    (0.52, 0.30, 3.0, 0.1),
    (0.42, 0.16, 1.0, 0.7),
    (0.56, 0.22, 1.0, 0.1),
    (0.36, 0.24, 0.7, 0.4),
    (0.50, 0.50, 1.0, 0.3),
)


@dataclass
class Night:
    """Recordings in the order of the night, and who was heard according to the observer."""

    waves: np.ndarray
    species: np.ndarray
    battery: np.ndarray

    def __len__(self):
        return len(self.waves)


def _sweep(kind, samples, rng):
    start, end, bend, harmonic = CALLS[kind]
    start, end = start * rng.uniform(0.93, 1.07), end * rng.uniform(0.93, 1.07)
    t = np.linspace(0, 1, samples)
    frequency = end + (start - end) * (1 - t) ** bend
    phase = np.pi * np.cumsum(frequency) * 0.9 + rng.uniform(0, 2 * np.pi)
    envelope = np.sin(np.pi * t) ** rng.uniform(0.5, 1.5)
    return envelope * (np.sin(phase) + harmonic * np.sin(2 * phase))


def listen(calls, samples, noise, seed, weak_from=1.0):
    """A night of calls; with a weak battery, in the later part, one in thirty records hardly anything."""
    rng = np.random.default_rng(seed)
    species = rng.integers(0, len(SPECIES), calls)
    waves = np.stack([_sweep(kind, samples, rng) for kind in species])
    waves += noise * rng.standard_normal(waves.shape)
    battery = np.linspace(1.0, 0.0, calls)
    lost = (np.arange(calls) >= weak_from * calls) & (rng.random(calls) < 1 / 30)
    waves[lost] *= 0.05
    return Night(waves.astype(np.float32), species, battery)
