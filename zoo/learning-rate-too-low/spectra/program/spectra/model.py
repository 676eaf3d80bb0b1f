"""A residual multilayer perceptron."""
from torch import nn


class Residual(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return x + self.dropout(self.down(self.act(self.up(self.norm(x)))))


class Spectrometer(nn.Module):
    def __init__(self, channels, compounds, config):
        super().__init__()
        self.enter = nn.Linear(channels, config.width)
        self.blocks = nn.Sequential(*(Residual(config.width, config.dropout) for _ in range(config.depth)))
        self.norm = nn.LayerNorm(config.width)
        self.leave = nn.Linear(config.width, compounds)

    def forward(self, spectrum):
        return self.leave(self.norm(self.blocks(self.enter(spectrum))))
