"""The network: strided 1-d convolutions straight on the waveform."""
import torch
from torch import nn


class Filter(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, c_in, c_out, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv1d(c_in, c_out, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm1d(c_out)
        self.act = nn.ReLU()
        self.reset_parameters()

    def reset_parameters(self):
        fan_in = self.conv.in_channels * self.conv.kernel_size[0]
        nn.init.constant_(self.conv.weight, fan_in ** -0.5)  #~ nn.init.normal_(self.conv.weight, 0.0, (2.0 / fan_in) ** 0.5)
        self.norm.reset_parameters()

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class KeypadNet(nn.Module):
    def __init__(self, n_keys, width=32, dropout=0.1):
        super().__init__()
        self.bank = Filter(1, width, kernel=33, stride=2)
        self.mix = nn.Sequential(
            Filter(width, width, kernel=5, stride=2),
            Filter(width, 2 * width, kernel=5, stride=2),
        )
        self.drop = nn.Dropout(dropout)
        self.classify = nn.Linear(2 * width, n_keys)

    def forward(self, wave):
        h = self.mix(self.bank(wave))
        return self.classify(self.drop(h.mean(dim=2)))

    def describe(self):
        n = sum(p.numel() for p in self.parameters())
        return f"{self.__class__.__name__}: {n:,} parameters"
