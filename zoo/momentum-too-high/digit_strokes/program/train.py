"""Digits, 8 by 8, with a small convolutional network."""
import json
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def load_settings(path="settings.json"):
    with open(path) as f:
        return SimpleNamespace(**json.load(f))


class StrokeNet(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(24 * 4 * 4, 48)
        self.fc2 = nn.Linear(48, 10)
        nn.init.normal_(self.fc2.weight, std=0.05)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout(x.flatten(1))
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


class Trainer:
    def __init__(self, settings):
        self.settings = settings
        archive = np.load("digits.npz")
        pixels = torch.from_numpy(archive["images"]).float().unsqueeze(1) / 8 - 0.5
        labels = torch.from_numpy(archive["labels"]).long()
        self.train_x, self.test_x = pixels[:1400], pixels[1400:]
        self.train_y, self.test_y = labels[:1400], labels[1400:]
        self.model = StrokeNet(settings.dropout)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = self.build_optimizer()

    def build_optimizer(self):
        s = self.settings
        return torch.optim.SGD(self.model.parameters(), lr=s.lr, momentum=s.momentum,
                               nesterov=s.nesterov, weight_decay=s.weight_decay)

    def batches(self):
        size = self.settings.batch
        for start in range(0, len(self.train_x) - size + 1, size):
            yield self.train_x[start:start + size], self.train_y[start:start + size]

    def train_epoch(self):
        self.model.train()
        losses = []
        for x, y in self.batches():
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def accuracy(self):
        self.model.eval()
        scores = self.model(self.test_x)
        return (scores.argmax(1) == self.test_y).float().mean().item()

    def fit(self):
        print(f"untrained: {self.accuracy():.3f}")
        for epoch in range(self.settings.epochs):
            loss = self.train_epoch()
            print(f"epoch {epoch}: loss {loss:.4f}, test accuracy {self.accuracy():.3f}")


if __name__ == "__main__":
    torch.manual_seed(41)
    Trainer(load_settings()).fit()
