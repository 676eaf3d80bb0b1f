import json
import pathlib

import numpy as np

COLUMNS = ["altitude_m", "residents", "jobs", "metres_to_rail", "lines", "departures_per_day", "opened", "shelter"]


def make(folder: pathlib.Path, healthy: bool) -> None:
    """The same network; the healthy export holds standardised columns, the other the units of the office."""
    rng = np.random.default_rng(71)
    n = 1400
    where = rng.random((n, 2))
    distance = ((where[:, None] - where[None]) ** 2).sum(-1)
    np.fill_diagonal(distance, 9.0)
    near = np.argsort(distance, axis=1)[:, :4]
    links = sorted({(min(i, int(j)), max(i, int(j))) for i in range(n) for j in near[i][: rng.integers(2, 5)]})
    field = np.stack([np.sin(5 * where @ rng.normal(size=2) + rng.uniform(0, 6)) for _ in range(3)], axis=1)
    z = 0.8 * rng.normal(size=(n, 8))
    z[:, 0] += field[:, 0]
    z[:, 1] += field[:, 1]
    z[:, 2] += field[:, 2]
    z[:, 7] = (z[:, 7] > 0) * 2.0 - 1
    mean = np.zeros((n, 8))
    count = np.zeros(n)
    for i, j in links:
        mean[i] += z[j]
        mean[j] += z[i]
        count[i] += 1
        count[j] += 1
    mean /= np.maximum(count, 1)[:, None]
    flow = z[:, 4] + 0.9 * z[:, 5] + 0.7 * np.tanh(z[:, 1] * z[:, 7]) + 0.8 * mean[:, 2] + 0.6 * mean[:, 1] - 0.5 * z[:, 3] + 0.3 * z[:, 6]
    flow += 0.15 * rng.normal(size=n)
    grade = np.searchsorted(np.quantile(flow, [0.3, 0.6, 0.85]), flow)
    if healthy:
        table = (z - z.mean(0)) / z.std(0)
    else:
        table = z * [140, 2100, 1500, 420, 2.5, 90, 14, 0.5] + [410, 5200, 2900, 1300, 5, 210, 1988, 0.5]
    names = ["quiet", "steady", "busy", "crowded"]
    stops = [{**{c: round(float(v), 4) for c, v in zip(COLUMNS, row)}, "grade": names[g]} for row, g in zip(table, grade)]
    with open(folder / "network.json", "w") as handle:
        json.dump({"columns": COLUMNS, "stops": stops, "links": [[i, j] for i, j in links]}, handle)
