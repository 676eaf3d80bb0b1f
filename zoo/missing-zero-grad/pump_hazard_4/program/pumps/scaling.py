import torch


class Scaler:
    """Standard scores, squeezed softly beyond three deviations."""

    def __init__(self, readings):
        self.mean, self.std = readings.mean(dim=0), readings.std(dim=0)

    def __call__(self, fleet):
        z = (fleet.readings - self.mean) / self.std
        return fleet._replace(readings=3 * torch.tanh(z / 3))
