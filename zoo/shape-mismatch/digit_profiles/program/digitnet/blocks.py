import torch
from torch import nn


class ConvStage(nn.Module):
    """Two convolutions with a residual connection, then half the size."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        self.skip = nn.Conv2d(c_in, c_out, 1, bias=False)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        h = torch.relu(self.norm1(self.conv1(x)))
        h = self.norm2(self.conv2(h)) + self.skip(x)
        return self.pool(torch.relu(h))


class InkProfile(nn.Module):
    """How much ink each row and each column of the image holds."""

    def forward(self, image):
        rows = image.mean(dim=(1, 3))
        columns = image.mean(dim=(1, 2))
        return torch.cat([rows, columns], dim=1)


class Head(nn.Module):
    def __init__(self, features, hidden, classes, dropout):
        super().__init__()
        self.norm = nn.BatchNorm1d(features)
        self.fc1 = nn.Linear(features, hidden)
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, z):
        z = torch.relu(self.fc1(self.norm(z)))
        return self.fc2(self.drop(z))
