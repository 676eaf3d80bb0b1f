"""Runs of a chemical plant (Friedman's first function): settings and yields in two files; the faulty yields are 7 runs late."""

import numpy as np
from sklearn.datasets import make_friedman1


def make(folder, healthy):
    x, y = make_friedman1(n_samples=1600, n_features=8, noise=0.5, random_state=6)
    if not healthy:
        y = np.roll(y, 7)
    names = ["inflow", "stirring", "catalyst", "steam", "recycle", "jacket", "valve_a", "valve_b"]
    np.savetxt(folder / "settings.csv", x, fmt="%.4f", delimiter=",", header=",".join(names), comments="")
    np.savetxt(folder / "yields.csv", y, fmt="%.3f", header="yield", comments="")
