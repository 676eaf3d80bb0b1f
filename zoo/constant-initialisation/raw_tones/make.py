"""Noisy two-tone keypad presses as 16-bit clips at 4 kHz; the same data for both variants."""
import pathlib

import numpy as np

LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = "123456789*0#"


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(20)
    n, length, rate = 1800, 400, 4000
    labels = rng.permutation(np.arange(n) % len(KEYS))
    t = np.arange(length) / rate
    low = np.array(LOW)[labels // 3] * rng.uniform(0.99, 1.01, n)
    high = np.array(HIGH)[labels % 3] * rng.uniform(0.99, 1.01, n)
    wave = rng.uniform(0.5, 1.0, (n, 1)) * np.sin(2 * np.pi * (low[:, None] * t + rng.random((n, 1))))
    wave += rng.uniform(0.5, 1.0, (n, 1)) * np.sin(2 * np.pi * (high[:, None] * t + rng.random((n, 1))))
    hum = rng.uniform(0, 0.5, (n, 1)) * np.sin(2 * np.pi * (50 * t + rng.random((n, 1))))
    wave = wave + hum + rng.normal(0, 1.0, (n, length))
    clips = np.clip(wave * 5000, -32768, 32767).astype(np.int16)
    np.savez(folder / "presses.npz", clips=clips, keys=np.array([KEYS[i] for i in labels]))
