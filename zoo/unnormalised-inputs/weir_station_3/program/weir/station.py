"""The record of the station (simulated): one row an hour."""
import numpy as np

COLUMNS = ("pressure_hPa", "level_cm", "upstream_cm", "gate_permille", "air_K", "rain_um", "turbidity")


def _smooth(noise, keep):
    out = np.zeros_like(noise)
    for i in range(1, len(noise)):
        out[i] = keep * out[i - 1] + np.sqrt(1 - keep**2) * noise[i]
    return out


def record(hours, seed):
    """Readings (hours, columns) in the units of the sensors, and the flow in m3/s."""
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    season = np.sin(2 * np.pi * t / 1500)
    front = _smooth(rng.standard_normal(hours), 0.97)
    pressure = 1008 + 9 * front
    rain = np.maximum(0, -front - 0.6 + 0.5 * rng.standard_normal(hours)) * 900
    soak = _smooth(rain / 300, 0.9)
    upstream = 310 + 45 * season + 38 * soak + 6 * rng.standard_normal(hours)
    gate = 480 + 260 * np.tanh(2.5 * _smooth(rng.standard_normal(hours), 0.98))
    level = 150 + 0.35 * np.roll(upstream - 310, 2) - 0.05 * (gate - 480) + 4 * rng.standard_normal(hours)
    air = 283 + 8 * season + 4 * np.sin(2 * np.pi * t / 24) + rng.standard_normal(hours)
    turbidity = np.exp(1.0 + 0.5 * soak + 0.3 * rng.standard_normal(hours))
    head = np.maximum(10, np.roll(upstream, 2) - level) / 100
    flow = 6.0 * (0.15 + gate / 1000) * head**1.5 + 0.12 * np.roll(rain, 3) / 100 + 0.12 * rng.standard_normal(hours)
    return np.stack([pressure, level, upstream, gate, air, rain, turbidity], axis=1), flow
