# Digits from scanned forms: every sheet is a graymap with 12 x 14 cells of one digit.
import math
import re
from pathlib import Path

import numpy as np
import torch
from torch import nn

CELL = 8
SEED = 11


def read_pgm(path):
    """Binary graymap (P5) with one or two bytes a pixel; values from 0 to 1."""
    raw = path.read_bytes()
    head = re.match(rb"P5\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+(\d+)\s", raw)
    wide, high, top = (int(n) for n in head.groups())
    pixels = np.frombuffer(raw, dtype=">u2" if top > 255 else "u1", offset=head.end(), count=wide * high)
    return pixels.reshape(high, wide).astype(np.float32) / top


def cells_of(sheet):
    high, wide = sheet.shape
    grid = sheet.reshape(high // CELL, CELL, wide // CELL, CELL)
    return grid.transpose(0, 2, 1, 3).reshape(-1, CELL, CELL)


def load(folder):
    images, labels = [], []
    for path in sorted(folder.glob("digit_*.pgm")):
        found = cells_of(read_pgm(path))
        images.append(found)
        labels += [int(path.stem[-1])] * len(found)
    return torch.from_numpy(np.concatenate(images)), torch.tensor(labels)


class RowReader(nn.Module):
    """Goes over the rows and over the columns of a cell, then lets each position vote."""

    def __init__(self, width=40, classes=10):
        super().__init__()
        self.rows = nn.GRU(CELL, width, batch_first=True, bidirectional=True)
        self.columns = nn.GRU(CELL, width, batch_first=True, bidirectional=True)
        self.weigh = nn.Linear(2 * width, 1)
        self.vote = nn.Linear(4 * width, classes)

    def pool(self, states):
        return (self.weigh(states).softmax(1) * states).sum(1)

    def forward(self, cells):
        by_row, _ = self.rows(cells)
        by_column, _ = self.columns(cells.transpose(1, 2))
        return self.vote(torch.cat([self.pool(by_row), self.pool(by_column)], dim=1))


def mixed_batches(labels, per_class, generator):
    """Every batch has the same number of cells of each digit."""
    piles = [torch.nonzero(labels == k).squeeze(1) for k in labels.unique()]
    piles = [pile[torch.randperm(len(pile), generator=generator)] for pile in piles]
    for i in range(0, min(len(p) for p in piles) - per_class + 1, per_class):
        yield torch.cat([pile[i:i + per_class] for pile in piles])


generator = torch.Generator().manual_seed(SEED)
torch.manual_seed(SEED)
images, labels = load(Path(__file__).parent / "sheets")
order = torch.randperm(len(labels), generator=generator)
cut = int(0.75 * len(labels))
train_x, train_y = images[order[:cut]], labels[order[:cut]]
val_x, val_y = images[order[cut:]], labels[order[cut:]]
print(f"{len(train_y)} cells to learn from, {len(val_y)} to check, {images.shape[1:]}")

reader = RowReader()
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = torch.optim.Adamax(reader.parameters(), lr=6e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=3)
best = {"right": 0.0, "epoch": -1, "weights": None}
for epoch in range(22):
    reader.train()
    seen, total = 0, 0.0
    for rows in mixed_batches(train_y, 4, generator):
        loss = criterion(reader(train_x[rows]), train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        seen += 1
    reader.eval()
    with torch.no_grad():
        scores = reader(val_x)
    right = (scores.argmax(1) == val_y).float().mean().item()
    plateau.step(right)
    if right > best["right"]:
        best = {"right": right, "epoch": epoch, "weights": {k: v.clone() for k, v in reader.state_dict().items()}}
    sure = scores.softmax(1).amax(1).mean().item()
    print(f"epoch {epoch:2d} loss {total / seen:.4f} (chance {math.log(10):.3f}) right {right:.3f} sure {sure:.2f}")

reader.load_state_dict(best["weights"])
with torch.no_grad():
    guess = reader(val_x).argmax(1)
recall = [(guess[val_y == k] == k).float().mean().item() for k in range(10)]
print(f"best epoch {best['epoch']}: right {best['right']:.3f}; by digit", " ".join(f"{r:.2f}" for r in recall))
