"""The beat network: stages of convolutions and a linear read-out."""
from torch import nn

from .blocks import Stage


class BeatNet(nn.Module):
    def __init__(self, cfg, kinds):
        super().__init__()
        widths = [1] + [cfg.channels + 4 * k for k in range(cfg.stages)]
        self.stages = nn.Sequential(*(Stage(a, b, cfg.blocks) for a, b in zip(widths, widths[1:])))
        self.pool = nn.AdaptiveAvgPool1d(4)
        self.dropout = nn.Dropout(cfg.dropout)
        self.readout = nn.Linear(4 * widths[-1], kinds)

    def forward(self, beats):
        x = self.pool(self.stages(beats))
        return self.readout(self.dropout(x.flatten(1)))


def build(cfg, kinds):
    return BeatNet(cfg, kinds)
