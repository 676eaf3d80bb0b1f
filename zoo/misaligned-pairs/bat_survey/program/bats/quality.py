"""Which recordings are worth keeping."""
import numpy as np


def loudness(waves):
    return np.sqrt((waves.astype(np.float64) ** 2).mean(axis=1))


class Gate:
    """Leaves out recordings that are nearly silent or overdriven; `kept` holds the numbers of the others."""

    def __init__(self, quiet, loud):
        self.quiet = quiet
        self.loud = loud
        self.kept = None

    def __call__(self, waves):
        level = loudness(waves)
        self.kept = np.flatnonzero((level >= self.quiet) & (level <= self.loud))
        return waves[self.kept]

    def text(self, total):
        left_out = total - len(self.kept)
        return f"{len(self.kept)} of {total} recordings kept ({left_out} too quiet or too loud)"
