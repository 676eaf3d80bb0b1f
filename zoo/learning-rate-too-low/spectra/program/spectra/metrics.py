"""Errors in the units of the laboratory."""
import torch


class Regression:
    """Collects predictions and targets, then tells the errors per compound."""

    def __init__(self, scaler):
        self.scaler = scaler
        self.predictions, self.targets = [], []

    def add(self, prediction, target):
        self.predictions.append(prediction.detach())
        self.targets.append(target)

    def compute(self):
        prediction = self.scaler.undo(torch.cat(self.predictions))
        target = self.scaler.undo(torch.cat(self.targets))
        residual = prediction - target
        return {
            "rmse": residual.square().mean(0).sqrt(),
            "bias": residual.mean(0),
            "r2": 1 - residual.square().mean(0) / target.var(0, unbiased=False),
        }
