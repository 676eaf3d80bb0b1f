import torch
from torch import nn

from .scaling import Ranges


class Demand(nn.Module):
    def __init__(self, sensors, width=48, fuel_mean=0.0, fuel_std=1.0):
        super().__init__()
        self.ranges = Ranges(sensors)
        self.hidden = nn.Sequential(
            nn.Linear(len(sensors), width), nn.GELU(),
            nn.Linear(width, width, bias=False), nn.GELU(),
        )
        self.out = nn.Linear(width, 1)
        nn.init.zeros_(self.out.weight)
        self.register_buffer("fuel_mean", torch.tensor(fuel_mean))
        self.register_buffer("fuel_std", torch.tensor(fuel_std))

    def forward(self, readings):
        readings = self.ranges(readings)
        return self.out(self.hidden(readings)).squeeze(1)

    def kilograms(self, readings):
        return self(readings) * self.fuel_std + self.fuel_mean
