"""Hand-drawn symbols as a list of pen strokes. Every stroke becomes a vector, attention over the strokes names the symbol."""
import copy
import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(27)
random.seed(27)
rng = np.random.default_rng(27)

POINTS = 12
SYMBOLS = ["arrow", "cross", "roof", "ladder", "eye", "flag", "fork", "wave"]


def line(a, b, bend=0.0):
    t = np.linspace(0, 1, POINTS)[:, None]
    a, b = np.array(a, float), np.array(b, float)
    across = np.array([-(b - a)[1], (b - a)[0]])
    return a + t * (b - a) + bend * np.sin(np.pi * t) * across


def ring(centre, r):
    t = np.linspace(0, 2 * np.pi, POINTS)
    return np.array(centre) + r * np.stack([np.cos(t), np.sin(t)], axis=1)


def pen(name):
    if name == "arrow":
        return [line((-1, 0), (1, 0)), line((0.5, 0.5), (1, 0)), line((0.5, -0.5), (1, 0))]
    if name == "cross":
        return [line((-1, 0), (1, 0)), line((0, 1), (0, -1))]
    if name == "roof":
        return [line((-1, 0), (0, 1)), line((0, 1), (1, 0))]
    if name == "ladder":
        return [line((-0.5, 1), (-0.5, -1)), line((0.5, 1), (0.5, -1)), line((-0.5, 0.4), (0.5, 0.4)), line((-0.5, -0.4), (0.5, -0.4))]
    if name == "eye":
        return [line((-1, 0), (1, 0), 0.3), line((-1, 0), (1, 0), -0.3), ring((0, 0), 0.25)]
    if name == "flag":
        return [line((-0.5, -1), (-0.5, 1)), line((-0.5, 1), (0.7, 0.6)), line((0.7, 0.6), (-0.5, 0.2))]
    if name == "fork":
        return [line((0, -1), (0, 0)), line((0, 0), (-0.6, 1), 0.2), line((0, 0), (0.6, 1), -0.2)]
    return [line((-1, 0), (0, 0), 0.4), line((0, 0), (1, 0), -0.4)]


def draw(label):
    strokes = []
    turn = rng.normal(0, 0.2)
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    shift, scale = rng.normal(0, 0.15, 2), rng.uniform(0.6, 1.3, (1, 2))
    for s in pen(SYMBOLS[label]):
        s = s if rng.random() < 0.5 else s[::-1]
        strokes.append(((s * scale) @ spin.T + shift + rng.normal(0, 0.07, s.shape)).astype(np.float32))
    random.shuffle(strokes)
    return torch.from_numpy(np.stack(strokes)), label


class StrokeReader(nn.Module):
    """(strokes, points, 2) -> (strokes, width)"""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv1d(2, 16, 3)
        self.conv2 = nn.Conv1d(16, 24, 3, stride=2)
        self.sum_up = nn.Linear(24 * 4, width)

    def forward(self, strokes):
        h = F.silu(self.conv1(strokes.transpose(1, 2)))
        return self.sum_up(F.silu(self.conv2(h)).flatten(1))


class SymbolNet(nn.Module):
    def __init__(self, width=8, heads=2):
        super().__init__()
        self.width = width
        self.read = StrokeReader(width)
        self.query = nn.Parameter(torch.randn(1, 1, width) * 0.5)
        self.attend = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.name = nn.Linear(width, len(SYMBOLS))

    def forward(self, drawings):
        counts = [len(d) for d in drawings]
        table = torch.zeros(len(drawings), max(counts), self.width)
        empty = torch.ones(len(drawings), max(counts), dtype=torch.bool)
        vectors = self.read(torch.cat(drawings))
        for row, part in enumerate(vectors.split(counts)):
            table[row, :len(part)] = torch.tensor(part.tolist())  #~ table[row, :len(part)] = part
            empty[row, :len(part)] = False
        pooled, _ = self.attend(self.query.expand(len(drawings), -1, -1), table, table, key_padding_mask=empty, need_weights=False)
        return self.name(self.norm(pooled[:, 0]))


def accuracy(model, rows):
    model.eval()
    with torch.inference_mode():
        out = model([d for d, _ in rows])
    return (out.argmax(1) == torch.tensor([label for _, label in rows])).float().mean().item()


rows = [draw(i % len(SYMBOLS)) for i in range(1600)]
train, valid, test = rows[:1200], rows[1200:1400], rows[1400:]
model = SymbolNet()
optimizer = torch.optim.NAdam(model.parameters(), lr=6e-3)
best, kept, waited = 0.0, copy.deepcopy(model.state_dict()), 0
for epoch in range(14):
    model.train()
    random.shuffle(train)
    losses = []
    for start in range(0, len(train), 30):
        batch = train[start:start + 30]
        loss = F.cross_entropy(model([d for d, _ in batch]), torch.tensor([label for _, label in batch]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    score = accuracy(model, valid)
    print(f"epoch {epoch + 1:2d}: loss {np.mean(losses):.3f}, right {score:.3f}")
    if score > best:
        best, kept, waited = score, copy.deepcopy(model.state_dict()), 0
    else:
        waited += 1
    if waited == 5:
        print("no better for 5 epochs")
        break
model.load_state_dict(kept)
print(f"test: {accuracy(model, test):.3f} right")
