"""A running mean of the weights, used for the check."""
import copy

import torch


class Average:
    def __init__(self, model, keep):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.keep = keep
        self.count = 0

    @torch.no_grad()
    def update(self, model):
        self.count += 1
        keep = min(self.keep, self.count / (self.count + 9))
        for mine, theirs in zip(self.model.parameters(), model.parameters()):
            mine.lerp_(theirs, 1 - keep)
