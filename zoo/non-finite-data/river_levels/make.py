import numpy as np


def make(folder, healthy):
    rng = np.random.default_rng(33)
    n = 4200
    rain = np.zeros(n)
    for start in np.flatnonzero(rng.random(n) < 0.03):
        rain[start:start + rng.integers(2, 9)] += rng.gamma(2.0, 1.5)
    upper, level = np.zeros(n), np.zeros(n)
    for t in range(1, n):
        upper[t] = 0.93 * upper[t - 1] + 0.12 * rain[t - 1]
        level[t] = 0.9 * level[t - 1] + 0.2 * upper[max(t - 6, 0)]
    tide = 0.35 * np.sin(2 * np.pi * np.arange(n) / 12.4)
    level = 2 + level + tide + rng.normal(0, 0.02, n)
    upper = 1 + upper + rng.normal(0, 0.02, n)
    text = [["%d" % t, "%.3f" % level[t], "%.3f" % upper[t], "%.2f" % rain[t]] for t in range(n)]
    if not healthy:
        text[3108][2] = ""
        text[3371][3] = ""
        text[3372][3] = ""
    (folder / "gauges.csv").write_text("hour,level,upper,rain\n" + "\n".join(",".join(row) for row in text) + "\n")
