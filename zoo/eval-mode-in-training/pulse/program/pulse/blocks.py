"""Convolution, norm, activation."""
from torch import nn


class ConvNorm(nn.Sequential):
    def __init__(self, inputs, outputs, kernel=5, stride=1):
        super().__init__(
            nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
        )


class Stage(nn.Sequential):
    """Some blocks at one resolution; the last one halves it."""

    def __init__(self, inputs, outputs, blocks):
        widths = [inputs] + [outputs] * blocks
        super().__init__(*(ConvNorm(a, b, stride=2 if i == blocks - 1 else 1)
                           for i, (a, b) in enumerate(zip(widths, widths[1:]))))
