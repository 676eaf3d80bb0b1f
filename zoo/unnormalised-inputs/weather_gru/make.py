"""A weather station's hourly log. Healthy: pressure as deviation from 1013 hPa in tens of hPa; faulty: the same column in Pa."""

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(21)
    hours = 2600
    t = np.arange(hours)
    pressure = np.zeros(hours)
    wind = np.zeros(hours)
    for k in range(1, hours):
        pressure[k] = 0.97 * pressure[k - 1] + rng.normal(0, 0.24)
        wind[k] = 0.85 * wind[k - 1] + rng.normal(0, 0.5)
    daily = np.sin(2 * np.pi * t / 24)
    temperature = np.zeros(hours)
    for k in range(1, hours):
        temperature[k] = 0.5 * temperature[k - 1] + 0.4 * daily[k - 1] + 0.5 * np.tanh(pressure[k - 1]) * daily[k - 1] - 0.25 * wind[k - 1] + rng.normal(0, 0.05)
    pressure_column = pressure if healthy else 101325 + 1000 * pressure
    log = np.stack([temperature, pressure_column, wind, daily, np.cos(2 * np.pi * t / 24)], axis=1)
    np.save(folder / "station.npy", log.astype(np.float32))
