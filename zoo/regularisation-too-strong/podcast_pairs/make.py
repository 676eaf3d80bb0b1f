"""Plays of 300 listeners; the settings' weight decay is 0.01 (faulty) or 1e-5 (healthy)."""

import json

import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(8)
    listeners, episodes, topics, latent = 300, 200, 12, 4
    topic = rng.integers(0, topics, episodes)
    centre = rng.normal(size=(topics, latent))
    taste = rng.normal(size=(listeners, latent))
    quality = 0.8 * centre[topic] + 0.7 * rng.normal(size=(episodes, latent))
    score = 1.6 * taste @ quality.T + 0.4 * rng.normal(size=episodes)
    noisy = score + rng.gumbel(size=score.shape)
    first = np.argsort(-noisy, axis=1)[:, :34]
    log, held = [], []
    for u in range(listeners):
        row = rng.permutation(first[u])
        held += [(u, e) for e in row[:4]]
        log += [(u, e) for e in row[4:]]
    np.savez(folder / "plays.npz", log=np.array(log, dtype=np.int64), held=np.array(held, dtype=np.int64), topic=topic.astype(np.int64))
    settings = {
        "seed": 3,
        "dim": 16,
        "batch": 192,
        "epochs": 12,
        "optimizer": {"lr": 0.004, "betas": [0.9, 0.98], "weight_decay": 1e-5 if healthy else 0.01},
    }
    (folder / "settings.json").write_text(json.dumps(settings, indent=2) + "\n")
