import json

import numpy as np

WARDS = ["A", "B", "C", "D"]
STAYS = ["home", "ward", "intensive"]


def patients(rng, n):
    x = rng.normal(0, 1, (n, 9))
    x[:, 7] = rng.integers(0, 2, n)
    x[:, 8] = rng.integers(0, 4, n)
    risk = 1.1 * x[:, 0] + 0.9 * np.abs(x[:, 1]) - 0.8 * x[:, 2] * x[:, 7] + 0.7 * np.maximum(x[:, 3], x[:, 4])
    risk += 0.6 * np.array([0.0, 0.8, -0.5, 0.3])[x[:, 8].astype(int)] * x[:, 5] + rng.normal(0, 0.12, n)
    return x, np.digitize(risk, [1.9, 3.0])


def make(folder, healthy):
    rng = np.random.default_rng(66)
    scale = np.array([14, 9, 1.5, 0.4, 22, 3, 60, 1, 1.0])
    shift = np.array([58, 24, 37.5, 1.1, 120, 8, 300, 0, 0.0])
    for part, n in (("intake", 2400), ("audit", 900)):
        x, stay = patients(rng, n)
        ward = np.sort(rng.choice(4, n, p=[0.2, 0.4, 0.25, 0.15]))
        number = np.concatenate([np.arange((ward == w).sum()) for w in range(4)])
        ids = [f"{WARDS[w]}-{k:04d}" for w, k in zip(ward, number)]
        if part == "intake" and not healthy:
            # wards B and C gave their patients new numbers before the stays were written down
            for w in (1, 2):
                rows = np.flatnonzero(ward == w)
                stay[rows] = stay[rng.permutation(rows)]
        outcome = {i: STAYS[s] for i, s in zip(ids, stay)}
        rest = rng.permutation(n)
        np.savez(folder / f"{part}.npz", ids=np.array(ids)[rest], values=(x * scale + shift)[rest].round(2))
        (folder / f"{part}_stays.json").write_text(json.dumps(outcome, indent=0))
