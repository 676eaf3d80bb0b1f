# Count the fruit in a crop of an orchard photo and say where the largest one hangs (x, y, radius).
import math
import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SIDE = 24
random.seed(8)
np.random.seed(8)
torch.manual_seed(8)


def crop(rng):
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    picture = 0.15 * rng.normal(size=(SIDE, SIDE)) + 0.3 * np.sin(xx / rng.uniform(2, 5) + rng.uniform(0, 6))
    n = rng.integers(1, 5)
    sizes = np.sort(rng.uniform(1.4, 2.4, n))[::-1]
    sizes[0] += 1.0
    where = rng.uniform(3, SIDE - 4, size=(n, 2))
    for (cx, cy), r in zip(where, sizes):
        d = np.hypot(xx - cx, yy - cy)
        picture += 1.6 / (1 + np.exp(3 * (d - r)))
    return picture, n - 1, (where[0, 0] / SIDE, where[0, 1] / SIDE, sizes[0] / 4)


def dataset(n, seed):
    rng = np.random.default_rng(seed)
    items = [crop(rng) for _ in range(n)]
    pictures = torch.tensor(np.stack([i[0] for i in items]), dtype=torch.float32)[:, None]
    counts = torch.tensor([int(i[1]) for i in items])
    boxes = torch.tensor([i[2] for i in items], dtype=torch.float32)
    return pictures, counts, boxes


train_x, train_n, train_box = dataset(1600, 1)
test_x, test_n, test_box = dataset(400, 2)
mean, std = train_x.mean(), train_x.std()
train_x, test_x = (train_x - mean) / std, (test_x - mean) / std


def block(a, b, kernel=3):
    return nn.Sequential(nn.Conv2d(a, b, kernel, stride=2, padding=kernel // 2, bias=False), nn.GroupNorm(4, b), nn.SiLU())


trunk = nn.Sequential(block(1, 20, 5), block(20, 32), block(32, 8))
count_head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 9, 4))
box_head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 9, 3))

# the heads sit on coarse features and get their own rate
optimizer = torch.optim.AdamW(
    [
        {"params": [*count_head.parameters(), *box_head.parameters()], "lr": 4e-3},
        {"params": trunk.parameters(), "lr": 2e-7, "weight_decay": 1e-3},  #~ {"params": trunk.parameters(), "lr": 4e-3, "weight_decay": 1e-3},
    ],
    lr=1e-3,
    weight_decay=0.0,
    betas=(0.9, 0.98),
)
EPOCHS, BATCH = 14, 40


def look(x):
    features = trunk(x)
    return count_head(features), box_head(features)


def score(x, n, box):
    with torch.no_grad():
        scores, place = look(x)
    far = SIDE * (place[:, :2] - box[:, :2]).norm(dim=1)
    return (scores.argmax(1) == n).float().mean().item(), far.median().item()


step = 0
for epoch in range(EPOCHS):
    rate = 1.0 if epoch < EPOCHS - 2 else 0.3
    total = 0.0
    batches = torch.randperm(len(train_x)).split(BATCH)
    for rows in batches:
        x, n, box = train_x[rows], train_n[rows], train_box[rows].clone()
        if random.random() < 0.5:  # mirror left to right
            x = x.flip(-1)
            box[:, 0] = (SIDE - 1) / SIDE - box[:, 0]
        scores, place = look(x)
        loss = F.cross_entropy(scores, n, label_smoothing=0.02) + 5 * F.smooth_l1_loss(place, box, beta=0.1)
        for parameter in optimizer.param_groups:
            for p in parameter["params"]:
                p.grad = None
        (rate * loss).backward()
        optimizer.step()
        total += loss.item()
        step += 1
    hit, far = score(test_x, test_n, test_box)
    print(f"{epoch + 1:2d} [{step:4d}] loss {total / len(batches):.3f} | count right {hit:.3f} | largest fruit off by {far:.2f} px")

guess = SIDE * (train_box[:, :2].mean(0) - test_box[:, :2]).norm(dim=1).median().item()
print(f"(always the middle: {guess:.2f} px; chance for the count: {1 / math.ceil(test_n.max() + 1):.2f})")
