from torch import nn

from .pictures import FORMS
from .pyramid import Pyramid
from .trunk import trunk


class Namer(nn.Module):
    def __init__(self, channels, levels):
        super().__init__()
        self.maps = trunk(channels)
        self.pyramid = Pyramid(channels, levels)
        self.name = nn.Sequential(nn.Dropout(0.2), nn.Linear(self.pyramid.features, 48), nn.PReLU(), nn.Linear(48, len(FORMS)))

    def forward(self, pictures):
        return self.name(self.pyramid(self.maps(pictures)))
