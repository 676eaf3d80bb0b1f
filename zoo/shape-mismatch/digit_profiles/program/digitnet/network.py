import torch
from torch import nn

from .blocks import ConvStage, Head, InkProfile
from .config import ModelConfig


class DigitNet(nn.Module):
    """A convolutional branch and the ink profiles, joined in one head."""

    def __init__(self, cfg: ModelConfig):
        super().__init__()
        channels = (1, *cfg.widths)
        self.stages = nn.Sequential(*(ConvStage(a, b) for a, b in zip(channels, channels[1:])))
        self.embed = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cfg.widths[-1], cfg.embed), nn.ReLU())
        self.profile = InkProfile()
        self.head = Head(cfg.embed + cfg.profile, cfg.hidden, cfg.classes, cfg.dropout)

    def forward(self, image):
        z = self.embed(self.stages(image))
        return self.head(torch.cat([z, self.profile(image)], dim=1))
