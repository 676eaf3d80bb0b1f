"""Spectra of three minerals: float32 on disk (healthy) or NumPy's default float64 (faulty)."""

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(73)
    n, bands = 1200, 48
    kinds = rng.integers(0, 3, n)
    axis = np.linspace(0, 1, bands)
    peaks = [(0.25, 0.6), (0.3, 0.75), (0.45, 0.6)]
    spectra = np.zeros((n, bands))
    for i, kind in enumerate(kinds):
        for at in peaks[kind]:
            spectra[i] += rng.uniform(0.7, 1.3) * np.exp(-0.5 * ((axis - at - rng.normal(0, 0.015)) / 0.04) ** 2)
    spectra += rng.normal(0, 0.45, spectra.shape)
    spectra = (spectra - spectra.mean()) / spectra.std()
    np.save(folder / "spectra.npy", spectra.astype(np.float32) if healthy else spectra)
    np.save(folder / "kinds.npy", kinds.astype(np.int64))
