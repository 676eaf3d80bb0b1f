"""A convolutional network over time that ignores the padding."""
import torch
from torch import nn


class TimeConv(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, 5, padding=2 * dilation, dilation=dilation)
        self.norm = nn.GroupNorm(4, outputs)
        self.same = inputs == outputs

    def forward(self, x, mask):
        y = torch.relu(self.norm(self.conv(x * mask)))
        return x + y if self.same else y


class GestureNet(nn.Module):
    def __init__(self, conf, gestures):
        super().__init__()
        c = conf.channels
        self.layers = nn.ModuleList([TimeConv(3, c, 1), TimeConv(c, c, 2), TimeConv(c, c, 4)])
        self.dropout = nn.Dropout(conf.dropout)
        self.out = nn.Linear(2 * c, gestures)

    def forward(self, signals, mask):
        mask = mask.unsqueeze(1).float()
        x = signals
        for layer in self.layers:
            x = layer(x, mask)
        mean = (x * mask).sum(2) / mask.sum(2)
        peak = x.masked_fill(mask == 0, -1e4).amax(2)
        return self.out(self.dropout(torch.cat([mean, peak], dim=1)))
