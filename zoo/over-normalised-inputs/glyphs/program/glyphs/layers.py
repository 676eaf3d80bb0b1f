"""Building blocks."""
from torch import nn


class ConvBlock(nn.Module):
    """Two convolutions, then half the resolution."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, stride=2)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.second(self.act(self.first(x))))


class Classifier(nn.Module):
    """Dense layers on flattened features."""

    def __init__(self, inputs, hidden, classes, dropout):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.act = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.out(self.dropout(self.act(self.hidden(x.flatten(1)))))


def initialise(module):
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
