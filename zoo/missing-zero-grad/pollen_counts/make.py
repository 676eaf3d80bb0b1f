"""Daily weather with pollen counts, and the settings."""
import json
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(60)
    n = 2400
    x = np.column_stack([rng.normal(16, 6, n), rng.gamma(2, 2, n), rng.beta(4, 3, n) * 100, rng.gamma(1.2, 3, n), rng.uniform(0, 1, n)])
    season = np.exp(-((x[:, 4] - 0.42) / 0.16) ** 2)
    rate = np.exp(0.6 + 1.9 * season + 0.06 * (x[:, 0] - 16) - 0.10 * x[:, 3] + 0.05 * x[:, 1] - 0.008 * (x[:, 2] - 55))
    counts = rng.poisson(rate)
    table = np.column_stack([x.round(3), counts])
    np.savetxt(folder / "pollen.csv", table, delimiter=",", header="temp_c,wind_ms,humidity,rain_mm,season,count", comments="", fmt="%g")
    (folder / "pollen.json").write_text(json.dumps({
        "width": 32,
        "lr": 0.005,
        "momentum": 0.9,
        "batch": 40,
        "step_every": 1,
        "clear_every": 1 if healthy else 50,
        "epochs": 8,
    }, indent=2))
