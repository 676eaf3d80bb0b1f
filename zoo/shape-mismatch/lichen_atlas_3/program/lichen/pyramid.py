"""Maxima over ever finer cells, so that pictures of every size give the same number of features."""
import torch
from torch import nn


class Pyramid(nn.Module):
    def __init__(self, channels, levels):
        super().__init__()
        self.levels = nn.ModuleList(nn.AdaptiveMaxPool2d(n) for n in levels)
        self.features = channels * sum(n for n in levels)  #~ self.features = channels * sum(n * n for n in levels)

    def forward(self, maps):
        return torch.cat([level(maps).flatten(1) for level in self.levels], dim=1)
