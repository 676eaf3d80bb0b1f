"""A small attention network that reads an image row by row."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width))

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.feed(self.norm2(x))


class RowReader(nn.Module):
    def __init__(self, row, rows, classes, width, heads, blocks, dropout):
        super().__init__()
        self.enter = nn.Linear(row, width)
        self.position = nn.Parameter(torch.randn(rows, width) * 0.5)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(blocks))
        self.norm = nn.LayerNorm(rows * width)
        self.readout = nn.Linear(rows * width, classes)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    def forward(self, images):
        x = self.enter(images) + self.position
        for block in self.blocks:
            x = block(x)
        return self.readout(self.norm(x.flatten(1)))
