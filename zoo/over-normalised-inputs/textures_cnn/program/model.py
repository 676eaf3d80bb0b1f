from torch import nn


def block(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU())


class TextureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(block(3, 16), block(16, 32), block(32, 32))
        self.head = nn.Linear(32 * 2 * 2, 4)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))
