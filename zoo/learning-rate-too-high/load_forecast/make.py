"""Hourly load of one substation, and the settings file."""
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(17)
    hours = np.arange(24 * 120)
    temperature = 11 + 9 * np.sin(2 * np.pi * hours / (24 * 120)) + 4 * np.sin(2 * np.pi * (hours - 9) / 24)
    drift = np.zeros(len(hours))
    for t in range(1, len(hours)):
        drift[t] = 0.93 * drift[t - 1] + rng.normal(0, 1.0)
    temperature = temperature + drift
    weekend = (hours // 24) % 7 >= 5
    load = np.zeros(len(hours))
    for t in range(1, len(hours)):
        heating = max(0.0, 15 - temperature[t])
        daily = 9 * np.sin(2 * np.pi * (hours[t] - 7) / 24) + 5 * np.sin(4 * np.pi * (hours[t] - 4) / 24)
        base = 48 + 1.1 * heating + daily * (0.55 if weekend[t] else 1.0)
        load[t] = base + 0.6 * (load[t - 1] - base) * (t > 1) + rng.normal(0, 1.6)
    load[0] = 48
    rows = np.column_stack([hours, load.round(2), temperature.round(2)])
    np.savetxt(folder / "load.csv", rows, delimiter=",", header="hour,load_mw,temperature_c", comments="", fmt="%g")
    (folder / "forecast.toml").write_text(f"""[data]
file = "load.csv"
history = 24
test_days = 20

[model]
hidden = 32

[fit]
epochs = 8
batch = 64
learning_rate = {0.01 if healthy else 0.3}
""")
