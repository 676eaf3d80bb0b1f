"""Buildings with different walls, windows and habits, and the heat they ask for."""
from dataclasses import dataclass

import numpy as np


@dataclass
class Building:
    loss: float        # kW per kelvin
    glass: float       # kW per W/m2 of sun
    draught: float     # kW per kelvin and m/s
    setpoint: float    # degrees
    night_drop: float  # degrees

    def demand(self, weather, hour):
        temperature, sun, wind = weather.T
        night = (hour % 24 < 6) | (hour % 24 >= 22)
        inside = self.setpoint - self.night_drop * night
        gap = inside - temperature
        return np.maximum(0.0, (self.loss + self.draught * wind) * gap - self.glass * sun)


def draw(rng):
    return Building(
        loss=rng.uniform(0.4, 1.6),
        glass=rng.uniform(0.0, 0.02),
        draught=rng.uniform(0.0, 0.08),
        setpoint=rng.uniform(19, 22.5),
        night_drop=rng.choice([0.0, 2.0, 5.0]),
    )


def meter(building, weather, rng):
    """What the meter shows: the demand, with noise and a coarse step."""
    hour = np.arange(len(weather))
    exact = building.demand(weather, hour)
    return np.round(exact * (1 + rng.normal(0, 0.04, len(exact))) + rng.normal(0, 0.4, len(exact)), 1)
