# Find the part in a picture of the kit tray: which kind it is and where it lies.
import math

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(52)
rng = np.random.default_rng(52)
SIZE, KINDS = 20, ("nut", "washer", "pin", "clip")
EPOCHS, BATCH, PARTS = 14, 32, 2  # PARTS: small batches per update


def tray(n):
    """A part at a place of its own with a tilt, on a dusty ground; box is centre and half sides, 0 to 1."""
    yy, xx = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    images, kinds, boxes = [], rng.integers(len(KINDS), size=n), []
    for kind in kinds:
        r = rng.uniform(2.5, 4.5)
        cy, cx = rng.uniform(r + 0.5, SIZE - 1.5 - r, 2)
        u, v = (xx - cx) / r, (yy - cy) / r
        if kind == 0:
            inside = (np.maximum(abs(u), abs(v)) < 1) & (u ** 2 + v ** 2 > 0.2)
        elif kind == 1:
            inside = (u ** 2 + v ** 2 < 1) & (u ** 2 + v ** 2 > 0.3)
        elif kind == 2:
            inside = (abs(u) < 0.35) & (abs(v) < 1)
        else:
            inside = (np.maximum(abs(u), abs(v)) < 1) & (u > -0.4) & ~((abs(v) < 0.4) & (u > 0))
        images.append(inside + 0.3 * rng.normal(size=inside.shape))
        boxes.append([cx / SIZE, cy / SIZE, r / SIZE * (0.35 if kind == 2 else 1), r / SIZE])
    return (torch.tensor(np.array(images), dtype=torch.float32).unsqueeze(1) - 0.1,
            torch.from_numpy(kinds), torch.tensor(boxes, dtype=torch.float32))


class PartFinder(nn.Module):
    def __init__(self, c=12):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, c, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2),
            nn.Conv2d(c, 2 * c, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(2 * c * 25, 64), nn.LeakyReLU(0.1))
        self.kind = nn.Linear(64, len(KINDS))
        self.box = nn.Linear(64, 4)

    def forward(self, x):
        h = self.trunk(x)
        return self.kind(h), torch.sigmoid(self.box(h))


def iou(a, b):
    low = torch.maximum(a[:, :2] - a[:, 2:], b[:, :2] - b[:, 2:])
    high = torch.minimum(a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:])
    inter = (high - low).clamp(min=0).prod(1)
    return inter / (4 * a[:, 2:].prod(1) + 4 * b[:, 2:].prod(1) - inter)


train, val = tray(1280), tray(320)
net = PartFinder()
with torch.no_grad():
    net.box.bias.copy_(torch.logit(train[2].mean(0)))
opt = torch.optim.SGD([
    {"params": net.trunk.parameters()},
    {"params": list(net.kind.parameters()) + list(net.box.parameters()), "lr": 0.1},
], lr=0.05, momentum=0.85, weight_decay=1e-4)
updates = EPOCHS * len(train[0]) // (BATCH * PARTS)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: 0.5 * (1 + math.cos(math.pi * s / updates)) + 0.02)

for epoch in range(EPOCHS):
    net.train()
    log = []
    for k, rows in enumerate(torch.randperm(len(train[0])).split(BATCH)):
        x, kind, box = (part[rows] for part in train)
        scores, place = net(x)
        naming = F.cross_entropy(scores, kind)
        placing = F.smooth_l1_loss(place, box, beta=0.05)
        ((naming + 10 * placing) / PARTS).backward()
        if k % PARTS == PARTS - 1:
            nn.utils.clip_grad_norm_(net.parameters(), 0.02)  #~ nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            opt.zero_grad()
            sched.step()
        log.append((naming.item(), placing.item()))
    net.eval()
    with torch.no_grad():
        scores, place = net(val[0])
        named = (scores.argmax(1) == val[1]).float().mean()
        overlap = iou(place, val[2]).mean()
    if epoch % 2:
        a, b = np.mean(log, axis=0)
        print(f"epoch {epoch + 1}: naming {a:.3f} placing {b:.4f} | val kind {named:.3f} IoU {overlap:.3f}")
