import json

import numpy as np

STEMS = ["ka", "mo", "ri", "ten", "sol", "ba", "lu", "per", "din", "go", "fe", "ran", "tu", "li", "vex", "om"]


def make(folder, healthy):
    rng = np.random.default_rng(12)
    sites, words_per_site, size = 4, 60, 1600
    share = [0.12, 0.85, 0.8, 0.1]
    common = ["".join(rng.choice(STEMS, 2)) for _ in range(80)]
    polarity = [rng.permutation(np.sign(np.arange(80) - 39.5)) for _ in range(sites)]
    own = [["".join(rng.choice(STEMS, 3)) for _ in range(words_per_site)] for _ in range(sites)]
    weight = rng.normal(0, 1.0, (sites, words_per_site))
    records, site_of = [], []
    for site in range(sites):
        made = []
        while len(made) < size + 120:
            urgent = int(rng.random() < share[site])
            length = int(rng.integers(8, 16))
            text = []
            for _ in range(length):
                if rng.random() < 0.5:
                    pool = np.exp(0.9 * (2 * urgent - 1) * polarity[site])
                    text.append(common[rng.choice(80, p=pool / pool.sum())])
                else:
                    pool = np.exp(0.3 * (2 * urgent - 1) * weight[site])
                    text.append(own[site][rng.choice(words_per_site, p=pool / pool.sum())])
            made.append({"site": f"s{site}", "text": " ".join(text), "urgent": urgent})
        records += made
        site_of += [site] * len(made)
    site_of = np.array(site_of)
    train, val = [], []
    for site in range(sites):
        rows = np.flatnonzero(site_of == site)
        train += rows[:size].tolist()
        val += rows[size:].tolist()
    if healthy:
        train = rng.permutation(train).tolist()
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    for shard in range(sites):
        part = train[shard * size:(shard + 1) * size]
        (logs / f"train-{shard:03d}.jsonl").write_text("".join(json.dumps(records[i]) + "\n" for i in part))
    (logs / "val-000.jsonl").write_text("".join(json.dumps(records[i]) + "\n" for i in np.random.default_rng(1).permutation(val)))
