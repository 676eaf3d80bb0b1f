"""Columns for the network."""
import numpy as np


def clock(hour):
    angle = 2 * np.pi * hour / 24
    night = ((hour % 24 < 6) | (hour % 24 >= 22)).astype(float)
    return np.column_stack([np.sin(angle), np.cos(angle), night])


class Standard:
    """Centres and scales columns with the numbers of the training rows."""

    def __init__(self, rows):
        self.mean = rows.mean(axis=0)
        self.std = rows.std(axis=0)

    def __call__(self, rows):
        return (rows - self.mean) / self.std

    def back(self, rows):
        return rows * self.std + self.mean


def columns(weather):
    return np.column_stack([weather, clock(np.arange(len(weather)))])
