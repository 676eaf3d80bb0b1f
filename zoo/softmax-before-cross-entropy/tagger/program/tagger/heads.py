"""What the network says about each word."""
import torch.nn.functional as F
from torch import nn


class TagHead(nn.Module):
    """A distribution over the tags for every position."""

    def __init__(self, width, tags):
        super().__init__()
        self.project = nn.Linear(width, tags)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, states):
        return F.softmax(self.project(states), dim=-1)  #~ return self.project(states)
