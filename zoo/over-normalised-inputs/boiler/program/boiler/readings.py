import dataclasses

import torch
from torch.utils.data import TensorDataset

from .scaling import SENSORS, Ranges


@dataclasses.dataclass
class Quarter:
    rows: int = 3000
    held: int = 600
    batch: int = 48
    epochs: int = 10
    lr: float = 3e-3
    seed: int = 21


def plant(z, g):
    """Fuel demand in kg/h for states z (in usual swings)."""
    steam, pressure, water, flue, oxygen, outside, draught = z.unbind(1)
    fuel = 900 + 85 * steam - 40 * water + 30 * flue * torch.tanh(oxygen) + 25 * (pressure - 0.5 * steam).abs()
    fuel = fuel + 35 * torch.sin(1.5 * draught) - 12 * outside * (outside < 0)
    return fuel + 8 * torch.randn(len(z), generator=g)


def load(quarter):
    g = torch.Generator().manual_seed(quarter.seed)
    common = torch.randn(quarter.rows, 1, generator=g)
    z = 0.5 * common + 0.9 * torch.randn(quarter.rows, len(SENSORS), generator=g)
    fuel = plant(z, g)
    low = torch.tensor([s.low for s in SENSORS])
    high = torch.tensor([s.high for s in SENSORS])
    readings = low + (high - low) * (0.5 + 0.22 * z)
    readings = Ranges(SENSORS)(readings)  #~ readings = readings.contiguous()
    first = quarter.rows - quarter.held
    train = TensorDataset(readings[:first], fuel[:first])
    val = TensorDataset(readings[first:], fuel[first:])
    return train, val, SENSORS
