"""Twelve seasons of daily weather and pollen counts as CSV; the same data for both variants."""
import csv
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(8)
    with open(folder / "pollen.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["season", "day", "temp", "rain", "wind", "humidity", "pollen"])
        for season in range(2008, 2020):
            warm = rng.normal(0, 1.0)
            t_noise = wind_noise = 0.0
            ripe = 0.0
            for day in range(60, 240):
                t_noise = 0.8 * t_noise + rng.normal(0, 1.8)
                wind_noise = 0.5 * wind_noise + rng.normal(0, 0.35)
                temp = 8 + warm + 11 * np.sin((day - 100) / 200 * np.pi) + t_noise
                wet = rng.random() < (0.42 if t_noise < 0 else 0.2)
                rain = float(rng.gamma(1.2, 4.0)) if wet else 0.0
                wind = 3.2 * np.exp(wind_noise)
                humidity = np.clip(62 - 1.2 * t_noise + 18 * wet + rng.normal(0, 5), 20, 100)
                ripe = 0.85 * ripe + 0.15 * max(temp - 9, 0.0)
                level = 0.45 + 0.36 * ripe - 0.30 * np.log1p(rain) - 0.03 * (humidity - 62) + 0.5 * np.log(wind / 3.2)
                pollen = rng.poisson(np.exp(min(level, 6.0)))
                w.writerow([season, day, f"{temp:.1f}", f"{rain:.1f}", f"{wind:.1f}", f"{humidity:.0f}", pollen])
