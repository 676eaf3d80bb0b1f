"""What the station hands on: scaled readings, with the scaler that made them."""
from dataclasses import dataclass

import numpy as np

from . import station
from .scaling import Scaler


@dataclass
class Part:
    """Hours of the record; readings and flow are scaled."""

    readings: np.ndarray
    flow: np.ndarray

    def __len__(self):
        return len(self.flow)


@dataclass
class Store:
    train: Part
    check: Part
    sensors: Scaler
    water: Scaler

    def hours(self):
        return len(self.train) + len(self.check)


def open_store(settings):
    """The first hours are for training, the last for the check; scaled by the training hours."""
    readings, flow = station.record(settings.hours, settings.seed)
    cut = int(settings.hours * (1 - settings.check_share))
    sensors, water = Scaler.of(readings[:cut]), Scaler.of(flow[:cut])
    readings, flow = sensors.scale(readings), water.scale(flow)
    return Store(Part(readings[:cut], flow[:cut]), Part(readings[cut:], flow[cut:]), sensors, water)
