import torch
from torch import nn


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 24, kernel_size=3, padding=1)
        self.body = nn.Conv2d(24, 48, kernel_size=3, stride=2, padding=1)
        self.norm = nn.BatchNorm1d(48 * 16)
        self.hidden = nn.Linear(48 * 16, 64)
        self.scores = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = torch.relu(self.body(x)).flatten(1)
        x = torch.relu(self.hidden(self.norm(x)))
        return self.scores(x)
