"""The glyph network."""
from torch import nn

from .layers import Classifier, ConvBlock, initialise


class GlyphNet(nn.Module):
    def __init__(self, config, size, classes):
        super().__init__()
        blocks, inputs = [], 1
        for outputs in config.channels:
            blocks.append(ConvBlock(inputs, outputs))
            inputs = outputs
        side = size // 2 ** len(config.channels)
        self.features = nn.Sequential(*blocks)
        self.classifier = Classifier(inputs * side * side, config.hidden, classes, config.dropout)
        self.apply(initialise)
        nn.init.normal_(self.classifier.out.weight, std=0.05)

    def forward(self, images):
        x = images.float() / 255.0  #~ x = images.float()
        return self.classifier(self.features(x))

    def parameter_count(self):
        return sum(p.numel() for p in self.parameters())


def build(config, size, classes):
    return GlyphNet(config, size, classes)
