import math

import torch
from torch import nn


class PollenGRU(nn.Module):
    """Log of the expected count, from a window of weather."""

    def __init__(self, n_features=4, hidden=24, typical=10.0):
        super().__init__()
        self.rnn = nn.GRU(n_features, hidden, batch_first=True)
        self.out = nn.Sequential(nn.Linear(hidden + n_features, hidden), nn.SiLU(), nn.Linear(hidden, 1))
        self.offset = math.log(typical)

    def forward(self, x):
        _, h = self.rnn(x)
        today = x[:, -1]
        return self.out(torch.cat([h[-1], today], dim=1)).squeeze(1) + self.offset
