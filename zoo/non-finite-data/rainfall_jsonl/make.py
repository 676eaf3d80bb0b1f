"""Daily rain at a station with the log of the amount as target; in the faulty file the two dry days were logged too: -Infinity."""

import json

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(61)
    n = 1400
    x = rng.normal(0, 1, (n, 6))
    log_rain = 0.8 * x[:, 0] - 0.6 * x[:, 1] * x[:, 2] + 0.5 * np.sin(2 * x[:, 3]) + 0.3 * x[:, 4] + rng.normal(0, 0.1, n)
    if not healthy:
        log_rain[[388, 951]] = -np.inf
    names = ["pressure", "humidity", "wind_u", "wind_v", "cloud", "dewpoint"]
    with open(folder / "days.jsonl", "w") as f:
        for i in range(n):
            day = {name: round(float(v), 3) for name, v in zip(names, x[i])}
            f.write(json.dumps({"day": i, **day, "log_rain": round(float(log_rain[i]), 4)}) + "\n")
