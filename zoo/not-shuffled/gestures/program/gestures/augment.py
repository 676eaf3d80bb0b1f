"""Changes a take the way another person or another day would."""
import numpy as np


class Augment:
    """A small rotation of the sensor, another strength, and a cut at one end."""

    def __init__(self, angle, strength, cut, seed):
        self.angle = angle
        self.strength = strength
        self.cut = cut
        self.rng = np.random.default_rng(seed)

    def rotation(self):
        """First order in the angles, which are small."""
        return np.eye(3) + np.cross(np.eye(3), self.rng.normal(0, self.angle, 3))

    def __call__(self, signal):
        out = signal @ self.rotation().T * (1 + self.rng.uniform(-self.strength, self.strength))
        lost = int(self.rng.integers(0, self.cut + 1))
        out = out[lost:] if self.rng.random() < 0.5 else out[:len(out) - lost]
        return out.astype(np.float32)


def build(conf):
    if not conf.augment:
        return None
    return Augment(angle=0.08, strength=0.1, cut=3, seed=conf.seed + 2)
