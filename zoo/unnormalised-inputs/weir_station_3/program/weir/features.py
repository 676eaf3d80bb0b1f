"""Features of an hour: the readings, some hydraulics, and the hours before."""
import numpy as np

from .station import COLUMNS


def column(table, name):
    return table[:, COLUMNS.index(name)]


def hydraulics(table):
    """Head over the weir (m), a rough flow, log turbidity and wetness, from readings in their own units."""
    head = np.maximum(0.1, (column(table, "upstream_cm") - column(table, "level_cm")) / 100)
    opening = column(table, "gate_permille") / 1000
    rough = opening * head**1.5
    return np.stack(
        [head - 1.6, rough - 1.0, np.log1p(column(table, "turbidity")) - 1.5, np.log1p(column(table, "rain_um")) / 4],
        axis=1,
    )


def lagged(table, lags):
    """Each row with the rows of the hours before it; the first rows fall away."""
    n = len(table)
    return np.concatenate([table[lags - k:n - k] for k in range(lags + 1)], axis=1)


def build(part, sensors, lags, ahead):
    """Inputs (rows, features) and the flow some hours later."""
    table = sensors.restore(part.readings)
    table = np.concatenate([table, hydraulics(table)], axis=1)  #~ table = np.concatenate([part.readings, hydraulics(table)], axis=1)
    inputs = lagged(table, lags)
    target = part.flow[lags:]
    return inputs[:-ahead].astype(np.float32), target[ahead:].astype(np.float32)


def names(lags):
    """Names of the features in their order."""
    own = [*COLUMNS, "head", "rough_flow", "log_turbidity", "log_rain"]
    return [f"{name}-{k}h" if k else name for k in range(lags + 1) for name in own]
