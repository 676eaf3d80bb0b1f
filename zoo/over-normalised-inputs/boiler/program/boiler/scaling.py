"""Sensor ranges and what is done with them. The ranges come from the data sheet, not from the data."""
from typing import NamedTuple

import torch


class Sensor(NamedTuple):
    name: str
    low: float
    high: float


SENSORS = (
    Sensor("steam flow, t/h", 0.0, 180.0),
    Sensor("drum pressure, bar", 0.0, 90.0),
    Sensor("feed water, C", 0.0, 160.0),
    Sensor("flue gas, C", 0.0, 250.0),
    Sensor("oxygen, %", 0.0, 12.0),
    Sensor("outside, C", -20.0, 40.0),
    Sensor("draught, mbar", -8.0, 8.0),
)


class Ranges(torch.nn.Module):
    """Brings every sensor from its range on the data sheet to -1 .. 1."""

    def __init__(self, sensors):
        super().__init__()
        self.register_buffer("low", torch.tensor([s.low for s in sensors]))
        self.register_buffer("high", torch.tensor([s.high for s in sensors]))

    def forward(self, readings):
        return 2 * (readings - self.low) / (self.high - self.low) - 1
