"""Ratings of films by viewers, and the settings."""
import json
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(44)
    viewers, films, rank = 220, 140, 4
    taste = rng.normal(0, 1, (viewers, rank))
    trait = rng.normal(0, 1, (films, rank))
    mood = rng.normal(0, 0.25, viewers)
    appeal = rng.normal(0, 0.35, films)
    pairs = rng.choice(viewers * films, 14000, replace=False)
    v, f = pairs // films, pairs % films
    score = 3.4 + mood[v] + appeal[f] + 0.5 * (taste[v] * trait[f]).sum(1) + rng.normal(0, 0.25, len(v))
    with open(folder / "ratings.csv", "w") as out:
        out.write("viewer,film,rating\n")
        for a, b, s in zip(v, f, score):
            out.write(f"v{a},f{b},{s:.2f}\n")
    fixed = ["global_mean", "film_bias"] if healthy else ["global_mean", "factors"]
    (folder / "ratings.json").write_text(json.dumps({"rank": 6, "rate": 0.03, "batch": 200, "passes": 8, "fixed": fixed}, indent=2))
