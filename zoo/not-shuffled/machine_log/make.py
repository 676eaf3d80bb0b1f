"""Recordings of six machine states, appended to one log state after state, and the settings."""
import json
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(12)
    states, per_state, length = 6, 500, 20
    t = np.arange(length)
    rows = []
    for state in range(states):
        f = 0.5 + 0.13 * state
        for _ in range(per_state):
            phase, gain = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 1.3)
            wave = gain * np.sin(f * t + phase) + rng.normal(0, 0.3, length)
            rows.append(np.append(wave, state))
    rows = np.array(rows, dtype=np.float32)
    held_out = np.zeros(len(rows), dtype=bool)
    held_out[rng.choice(len(rows), 600, replace=False)] = True
    np.savetxt(folder / "log.csv", rows[~held_out], delimiter=",", fmt="%.4f")
    np.savetxt(folder / "check.csv", rows[held_out], delimiter=",", fmt="%.4f")
    (folder / "stream.json").write_text(json.dumps({
        "files": ["log.csv"],
        "buffer": 2400 if healthy else 64,
        "batch": 40,
        "epochs": 6,
        "lr": 0.02,
        "momentum": 0.95,
        "channels": 16,
    }, indent=2))
