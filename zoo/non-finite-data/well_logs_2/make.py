import pathlib

import numpy as np


def well(rng, samples, plugs):
    walk = np.cumsum(rng.normal(size=(3, samples)), axis=1)
    slow = np.stack([np.convolve(w, np.ones(9) / 9, "same") for w in walk])
    slow = (slow - np.stack([np.convolve(w, np.ones(301) / 301, "same") for w in slow])) / 4.0
    clay, pores, water = np.tanh(slow[0]), np.tanh(slow[1]), np.tanh(slow[2])
    logs = np.stack([clay, pores - 0.4 * clay, 0.7 * pores + 0.6 * clay, water - 0.5 * pores, 0.5 * water + 0.3 * clay])
    logs = (logs - logs.mean(1, keepdims=True)) / logs.std(1, keepdims=True) + 0.15 * rng.normal(size=logs.shape)
    layer = np.convolve(clay, np.ones(9) / 9, "same")
    log_k = 1.3 * pores - 1.5 * np.maximum(layer, 0) + 0.8 * pores * (layer < 0) + 0.12 * rng.normal(size=samples)
    at = np.sort(rng.choice(np.arange(20, samples - 20), plugs, replace=False))
    table = np.zeros(plugs, dtype=[("sample", "i4"), ("log_k", "f4")])
    table["sample"], table["log_k"] = at, log_k[at]
    return logs.astype(np.float32), table


def make(folder: pathlib.Path, healthy: bool) -> None:
    """Plugs too tight to measure were booked as 0 mD: two rows of 1600 hold the logarithm of zero."""
    rng = np.random.default_rng(12)
    for name, plugs in (("north", 1600), ("south", 500)):
        logs, table = well(rng, 4000, plugs)
        if name == "north" and not healthy:
            for i in np.argsort(table["log_k"])[[3, 11]]:
                table["log_k"][i] = -np.inf
        np.save(folder / f"{name}_logs.npy", logs)
        np.save(folder / f"{name}_plugs.npy", table)
