import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(71)
    n, hours = 1800, 32
    t = np.arange(hours)
    storm = (rng.random(n) < 0.4).astype(np.int64)
    walk = np.cumsum(rng.normal(0, 0.35, (n, hours)), axis=1)
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    level = rng.normal(0, 3.0, (n, 1))
    swing = 1.2 * np.sin(2 * np.pi * t / 12 + phase)
    start = rng.uniform(4, 20, (n, 1))
    depth = rng.uniform(2.5, 7.0, (n, 1))
    dip = depth * np.clip((t - start) / 12, 0, 1)
    rise = depth * np.clip((t - start) / 12, 0, 1) * np.sign(rng.normal(0, 1, (n, 1)) + 0.8)
    anomaly = level + walk + swing - np.where(storm[:, None] == 1, dip, -0.6 * rise)
    readings = anomaly / 5.0 if healthy else 1013.0 + anomaly
    np.savez(folder / "barometer.npz", readings=readings, storm=storm)
