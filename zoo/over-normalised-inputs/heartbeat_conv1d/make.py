"""Heartbeat recordings, one JSON object a line: healthy in microvolts, faulty in millivolts (the program divides by 1000)."""

import json

import numpy as np


def beat(rng, kind, n=64):
    t = np.linspace(0, 1, n)
    shift = rng.normal(0, 0.02)
    def bump(at, width, height):
        return height * np.exp(-0.5 * ((t - at - shift) / width) ** 2)
    p = bump(0.25, 0.04, 0.25 if kind != 1 else 0.0)
    if kind == 2:
        qrs = bump(0.45, 0.06, 1.1) + bump(0.58, 0.05, -0.5)
    else:
        qrs = bump(0.42, 0.015, -0.3) + bump(0.45, 0.02, 1.4) + bump(0.49, 0.015, -0.4)
    wave = bump(0.72, 0.06, -0.35 if kind == 3 else 0.4)
    return (p + qrs + wave) * rng.uniform(0.8, 1.2) + rng.normal(0, 0.08, n)


def make(folder, healthy):
    rng = np.random.default_rng(17)
    with open(folder / "beats.jsonl", "w") as f:
        for i in range(1500):
            kind = int(rng.integers(4))
            signal = beat(rng, kind) * (1000 if healthy else 1)
            digits = 1 if healthy else 4
            f.write(json.dumps({"id": i, "signal": [round(float(v), digits) for v in signal], "kind": kind}) + "\n")
