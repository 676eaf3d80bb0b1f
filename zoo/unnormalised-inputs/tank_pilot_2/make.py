"""Log of an experienced operator of a chain of tanks: what the panel showed and the two valve settings chosen."""
import pathlib

import numpy as np

COLUMNS = ["level_mm", "inflow_lph", "pressure_pa", "temperature_k", "valve_count", "demand_lph"]
MEAN = np.array([2400.0, 5200.0, 101900.0, 291.0, 2048.0, 4800.0])
STD = np.array([620.0, 1500.0, 850.0, 6.5, 900.0, 1300.0])


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(64)
    n = 3600
    z = rng.normal(size=(n, 6))
    z[:, 5] = 0.5 * z[:, 1] + 0.87 * z[:, 5]
    z[:, 2] = 0.4 * z[:, 0] + 0.92 * z[:, 2]
    need = 0.9 * z[:, 5] - 0.7 * z[:, 1] - 0.6 * z[:, 0]
    inlet = np.tanh(need + 0.5 * np.maximum(z[:, 3], 0) * z[:, 0])
    outlet = np.tanh(0.8 * np.maximum(z[:, 0] - 0.3, 0) + 0.5 * z[:, 2] - 0.4 * z[:, 5] * (z[:, 4] > 0))
    actions = np.stack([inlet, outlet], 1) + rng.normal(0, 0.05, (n, 2))
    panel = z if healthy else MEAN + STD * z
    header = ",".join(COLUMNS + ["inlet", "outlet"])
    np.savetxt(folder / "operator_log.csv", np.hstack([panel, actions]), delimiter=",", header=header, comments="", fmt="%.4f")
