"""The demand network."""
import torch
from torch import nn


class DemandNet(nn.Module):
    """Weather and clock through a multilayer perceptron that knows the building."""

    def __init__(self, columns, buildings, width, embedding, dropout):
        super().__init__()
        self.building = nn.Embedding(buildings, embedding)
        self.body = nn.Sequential(
            nn.Linear(columns + embedding, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout),
        )
        self.demand = nn.Linear(width, 1)

    def forward(self, columns, building):
        x = torch.cat([columns, self.building(building)], dim=1)
        return self.demand(self.body(x))
