"""Embedding tables that can be resized when the data are known."""
import torch
from torch import nn


def table(rows, width, spread):
    """A fresh table; a spread of zero gives zeros."""
    embedding = nn.Embedding(rows, width)
    with torch.no_grad():
        embedding.weight.normal_(0, spread) if spread else embedding.weight.zero_()
    return embedding


class Tables(nn.Module):
    """The tables of one kind of thing: its vector and its scalar."""

    def __init__(self, width, spread, rows=1):
        super().__init__()
        self.width = width
        self.spread = spread
        self.grow(rows)

    def grow(self, rows):
        self.vector = table(rows, self.width, self.spread)
        self.scalar = table(rows, 1, 0.0)

    def forward(self, index):
        return self.vector(index), self.scalar(index).squeeze(-1)
