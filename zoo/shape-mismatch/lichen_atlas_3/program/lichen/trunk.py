from torch import nn


class Squeeze(nn.Module):
    """Weighs the channels by what the whole picture looks like."""

    def __init__(self, channels):
        super().__init__()
        self.weigh = nn.Sequential(nn.Linear(channels, channels // 2), nn.ReLU(), nn.Linear(channels // 2, channels), nn.Sigmoid())

    def forward(self, maps):
        return maps * self.weigh(maps.mean(dim=(2, 3)))[:, :, None, None]


def trunk(channels):
    return nn.Sequential(
        nn.Conv2d(1, channels, 5, stride=2, padding=2), nn.BatchNorm2d(channels), nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1, groups=2), nn.BatchNorm2d(channels), nn.ReLU(),
        Squeeze(channels),
    )
