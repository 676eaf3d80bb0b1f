"""A one-dimensional residual network."""
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv1d(channels, channels, 5, padding=2, bias=True)
        self.norm = nn.BatchNorm1d(channels)
        self.second = nn.Conv1d(channels, channels, 5, padding=2)
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        return x + self.second(torch.relu(self.norm(self.first(x))))


class Knots(nn.Module):
    def __init__(self, channels=12, knots=5):
        super().__init__()
        self.stem = nn.Conv1d(1, channels, 5, stride=2, padding=2)
        self.blocks = nn.Sequential(Residual(channels), Residual(channels))
        self.head = nn.Linear(channels * 20, knots)

    def forward(self, profile):
        x = torch.relu(self.stem(profile.unsqueeze(1)))
        return self.head(torch.relu(self.blocks(x)).flatten(1))
