"""A made-up winter."""
import numpy as np


def winter(hours, rng):
    """Outdoor temperature, sun and wind, one row per hour."""
    hour = np.arange(hours)
    daily = np.sin(2 * np.pi * (hour - 9) / 24)
    slow = np.zeros(hours)
    for t in range(1, hours):
        slow[t] = 0.985 * slow[t - 1] + rng.normal(0, 0.7)
    temperature = 2 + 3 * daily + slow
    sun = np.clip(np.sin(2 * np.pi * (hour - 7) / 24), 0, None) * rng.uniform(0.2, 1.0, hours) * 400
    wind = rng.gamma(2.0, 2.0, hours)
    return np.column_stack([temperature, sun, wind])
