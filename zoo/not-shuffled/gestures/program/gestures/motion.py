"""Simulated wrist motion, three axes of acceleration."""
import numpy as np


def _path(x, y, z):
    return np.stack([x, y, z], axis=1)


def wave(t, speed):
    return _path(np.sin(4 * np.pi * t * speed), 0.2 * np.cos(4 * np.pi * t), 0 * t)


def circle(t, speed):
    return _path(np.cos(2 * np.pi * t * speed), np.sin(2 * np.pi * t * speed), 0 * t)


def push(t, speed):
    return _path(0 * t, 0 * t, np.sin(np.pi * t) ** 3 - np.sin(2 * np.pi * t) * 0.8)


def lift(t, speed):
    return _path(0 * t, np.tanh(8 * (t - 0.4)) - np.tanh(8 * (t - 0.6)), 0.3 * np.sin(np.pi * t))


def twist(t, speed):
    return _path(0.6 * np.sin(2 * np.pi * t * speed), 0 * t, 0.6 * np.sin(2 * np.pi * t * speed + np.pi / 2))


GESTURES = {"wave": wave, "circle": circle, "push": push, "lift": lift, "twist": twist}


class Person:
    """Everybody moves a little differently."""

    def __init__(self, rng):
        self.rng = rng
        self.strength = rng.uniform(0.8, 1.3)
        self.pace = rng.uniform(0.85, 1.2)
        tilt = rng.normal(0, 0.25, 3)
        self.rotation = np.eye(3) + np.cross(np.eye(3), tilt)

    def perform(self, shape):
        length = int(self.rng.integers(18, 44) / self.pace)
        t = np.linspace(0, 1, length)
        clean = self.strength * shape(t, self.rng.uniform(0.9, 1.1)) @ self.rotation.T
        return (clean + self.rng.normal(0, 0.6, clean.shape)).astype(np.float32)
