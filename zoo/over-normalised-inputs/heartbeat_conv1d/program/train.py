"""Classify single heartbeats (normal, no P wave, wide complex, inverted T wave)."""

import json
import os

import torch
import torch.nn.functional as F
from torch import nn, optim

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "beats.jsonl")
KINDS = ["normal", "junctional", "ventricular", "ischaemic"]


def read_beats(path):
    signals, kinds = [], []
    with open(path) as lines:
        for line in lines:
            record = json.loads(line)
            signals.append(record["signal"])
            kinds.append(record["kind"])
    volts = torch.tensor(signals) / 1000.0
    return volts.unsqueeze(1), torch.tensor(kinds)


class BeatNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.a = nn.Conv1d(1, width, 7, padding=3)
        self.b = nn.Conv1d(width, 2 * width, 5, padding=2)
        self.c = nn.Conv1d(2 * width, 2 * width, 3, padding=1)
        self.head = nn.Linear(2 * width * 8, len(KINDS))

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.a(x)), 2)
        x = F.max_pool1d(F.relu(self.b(x)), 2)
        x = F.max_pool1d(F.relu(self.c(x)), 2)
        return self.head(x.flatten(1))


def confusion(model, x, y):
    model.eval()
    with torch.no_grad():
        guess = model(x).argmax(1)
    return torch.bincount(y * len(KINDS) + guess, minlength=len(KINDS) ** 2).view(len(KINDS), -1)


def fit(epochs=8, batch=30):
    generator = torch.Generator().manual_seed(9)
    torch.manual_seed(9)
    x, y = read_beats(FILE)
    order = torch.randperm(len(x), generator=generator)
    x, y = x[order], y[order]
    held = 300
    x_val, y_val, x, y = x[:held], y[:held], x[held:], y[held:]

    net = BeatNet()
    opt = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    for epoch in range(epochs):
        net.train()
        summed = 0.0
        for idx in torch.randperm(len(x), generator=generator).split(batch):
            opt.zero_grad()
            loss = F.cross_entropy(net(x[idx]), y[idx])
            loss.backward()
            opt.step()
            summed += loss.item() * len(idx)
        table = confusion(net, x_val, y_val)
        print(f"epoch {epoch + 1}: loss {summed / len(x):.4f}  held-out accuracy {table.trace().item() / held:.3f}")
    print("rows: truth, columns: guess")
    for name, row in zip(KINDS, table.tolist()):
        print(f"{name:>12} {row}")


if __name__ == "__main__":
    fit()
