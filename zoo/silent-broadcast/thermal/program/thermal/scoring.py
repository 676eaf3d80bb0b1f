"""Scores in kilowatts."""
import torch


class Score:
    def __init__(self, scale, buildings):
        self.scale = scale
        self.buildings = buildings
        self.seen = []

    def add(self, prediction, target, building):
        self.seen.append((prediction.detach().flatten(), target, building))

    def _all(self):
        prediction, target, building = (torch.cat(parts) for parts in zip(*self.seen))
        return self.scale.back(prediction), self.scale.back(target), building

    def overall(self):
        prediction, target, _ = self._all()
        residual = prediction - target
        r2 = 1 - residual.square().mean() / target.var(unbiased=False)
        return {"mae": residual.abs().mean().item(), "r2": r2.item()}

    def by_building(self):
        prediction, target, building = self._all()
        return [(prediction[building == b] - target[building == b]).abs().mean().item() for b in range(self.buildings)]
