"""Small changes of the training spectra that an instrument makes from day to day."""
import torch


class Drift:
    """Adds a straight line of random level and slope, in standardised units."""

    def __init__(self, strength, channels):
        self.strength = strength
        self.axis = torch.linspace(-1, 1, channels)

    def __call__(self, spectra, generator):
        level, slope = torch.randn(2, len(spectra), 1, generator=generator) * self.strength
        return spectra + level + slope * self.axis


class Gain:
    """Multiplies every spectrum by a factor near one."""

    def __init__(self, strength):
        self.strength = strength

    def __call__(self, spectra, generator):
        return spectra * (1 + self.strength * torch.randn(len(spectra), 1, generator=generator))


class Chain:
    def __init__(self, *steps, seed=0):
        self.steps = steps
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, spectra):
        for step in self.steps:
            spectra = step(spectra, self.generator)
        return spectra


def build(config, channels, seed):
    return Chain(Drift(config.drift, channels), Gain(config.gain), seed=seed)
