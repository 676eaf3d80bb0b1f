"""Which of the genera is a leaf from?  Outlines as Fourier coefficients, margins as a short text."""
import csv
import sys

import numpy as np
import torch
from torch import nn, optim

LETTERS = {c: i + 1 for i, c in enumerate("abcdefghijklmnopqrstuvwxyz ")}


class Herbarium:
    def __init__(self, sheet, genera, letters=18):
        with open(genera) as f:
            self.genera = np.array(sorted(line.strip() for line in f if line.strip()))
        outline, margin, genus = [], [], []
        with open(sheet, newline="") as f:
            for record in csv.DictReader(f, delimiter="\t"):
                outline.append([float(v) for v in record["outline"].split()])
                codes = [LETTERS.get(c, 0) for c in record["margin"].lower()[:letters]]
                margin.append(codes + [0] * (letters - len(codes)))
                genus.append(record["genus"].strip().lower())
        self.outline = torch.tensor(outline)
        self.margin = torch.tensor(margin)
        self.genus = torch.from_numpy(np.searchsorted(self.genera, genus))

    def __len__(self):
        return len(self.genus)

    def batches(self, size, generator=None):
        order = torch.arange(len(self)) if generator is None else torch.randperm(len(self), generator=generator)
        for rows in order.split(size):
            yield self.outline[rows], self.margin[rows], self.genus[rows]


class KeyNet(nn.Module):
    def __init__(self, coefficients, genera):
        super().__init__()
        self.outline = nn.Sequential(nn.Linear(coefficients, 48), nn.BatchNorm1d(48), nn.Hardswish(), nn.Linear(48, 24))
        self.letters = nn.Embedding(28, 16, padding_idx=0)
        self.words = nn.Conv1d(16, 24, 4)
        self.key = nn.Bilinear(24, 24, genera)
        self.plain = nn.Linear(48, genera)

    def forward(self, outline, margin):
        a = self.outline(outline)
        b = self.words(self.letters(margin).transpose(1, 2)).amax(dim=2).tanh()
        return 0.1 * self.key(a, b) + self.plain(torch.cat([a, b], dim=1))


def accuracy(net, sheet):
    net.eval()
    with torch.no_grad():
        first = hit = 0
        for outline, margin, genus in sheet.batches(200):
            order = net(outline, margin).argsort(dim=1, descending=True)
            first += (order[:, 0] == genus).sum().item()
            hit += (order[:, :3] == genus[:, None]).any(dim=1).sum().item()
    return first / len(sheet), hit / len(sheet)


def main(epochs=12, size=32):
    torch.manual_seed(1753)
    shuffle = torch.Generator().manual_seed(1753)
    train, test = Herbarium("collected.tsv", "genera.txt"), Herbarium("loans.tsv", "genera.txt")
    net = KeyNet(train.outline.shape[1], len(train.genera))
    rule = nn.CrossEntropyLoss(label_smoothing=0.04)
    optimizer = optim.RAdam(net.parameters(), lr=4e-3)
    print(len(train), "sheets of", len(train.genera), "genera", file=sys.stderr)
    for epoch in range(1, epochs + 1):
        net.train()
        seen, total = 0, 0.0
        for outline, margin, genus in train.batches(size, shuffle):
            loss = rule(net(outline, margin), genus)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_value_(net.parameters(), 3.0)
            optimizer.step()
            seen += len(genus)
            total += loss.item() * len(genus)
        first, third = accuracy(net, test)
        print(f"{epoch:2d}: loss {total / seen:.4f}  right {first:.3f}  among three {third:.3f}")


if __name__ == "__main__":
    main()
