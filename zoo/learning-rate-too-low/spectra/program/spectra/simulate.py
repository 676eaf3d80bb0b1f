"""Simulated absorption spectra: mixtures of compounds with a slightly non-linear detector."""
import numpy as np


def line_shapes(rng, compounds, channels):
    """One row of bands per compound, each a sum of three Gaussian lines."""
    axis = np.linspace(0, 1, channels)
    shapes = np.zeros((compounds, channels))
    for row in shapes:
        for _ in range(3):
            centre, width, height = rng.uniform(0.05, 0.95), rng.uniform(0.02, 0.08), rng.uniform(0.4, 1.0)
            row += height * np.exp(-((axis - centre) / width) ** 2 / 2)
    return shapes


def baseline(rng, samples, channels):
    """A slow drift of the instrument."""
    axis = np.linspace(-1, 1, channels)
    level, slope, bend = rng.normal(0, 0.08, (3, samples, 1))
    return level + slope * axis + bend * (axis ** 2 - 1 / 3)


def mixtures(config, seed):
    """Returns spectra (samples x channels) and concentrations (samples x compounds)."""
    rng = np.random.default_rng(seed)
    shapes = line_shapes(rng, config.compounds, config.channels)
    concentration = rng.gamma(2.0, 0.5, (config.samples, config.compounds))
    absorbed = concentration @ shapes
    detected = 1.6 * (1 - np.exp(-absorbed / 1.6))
    spectra = detected + baseline(rng, *detected.shape) + rng.normal(0, config.noise, detected.shape)
    weighed = concentration * (1 + rng.normal(0, 0.05, concentration.shape))
    return spectra.astype(np.float32), weighed.astype(np.float32)
