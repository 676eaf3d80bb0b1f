"""Label every pixel of small street scenes: sky, building, road, pavement, car, person."""
import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

NAMES = ("sky", "building", "road", "pavement", "car", "person")
COLOURS = np.array([[150, 180, 215], [135, 115, 100], [95, 95, 100], [150, 145, 140], [120, 60, 60], [70, 80, 110]], float)
H, W = 24, 40


def scene(rng):
    labels = np.zeros((H, W), dtype=np.int64)
    horizon = rng.integers(9, 13)
    at = 0
    while at < W:
        width, top = rng.integers(5, 11), rng.integers(2, horizon)
        if rng.random() < 0.8:
            labels[top:horizon, at : at + width] = 1
        at += width
    labels[horizon:] = 2
    side = rng.integers(2, 5)
    labels[horizon : horizon + side] = 3
    for _ in range(rng.integers(1, 4)):
        y, x = rng.integers(horizon + side, H - 3), rng.integers(0, W - 7)
        labels[y : y + 4, x : x + rng.integers(5, 8)] = 4
    for _ in range(rng.integers(1, 4)):
        y, x = rng.integers(horizon - 2, horizon + side - 1), rng.integers(0, W - 2)
        labels[y : y + 5, x : x + 2] = 5
    tint = COLOURS + rng.normal(0, 14, COLOURS.shape)
    picture = tint[labels] * rng.uniform(0.8, 1.15) + rng.normal(0, 13, (H, W, 3))
    return picture.clip(0, 255), labels


def scenes(n, seed):
    rng = np.random.default_rng(seed)
    pictures, labels = zip(*(scene(rng) for _ in range(n)))
    x = torch.tensor(np.stack(pictures), dtype=torch.float32).permute(0, 3, 1, 2)
    return (x / 127.5 - 1).contiguous(), torch.tensor(np.stack(labels))


class Squeeze(nn.Module):
    """Weigh the channels by what the whole picture holds."""

    def __init__(self, channels):
        super().__init__()
        self.small, self.wide = nn.Linear(channels, channels // 4), nn.Linear(channels // 4, channels)

    def forward(self, h):
        weights = torch.sigmoid(self.wide(F.relu(self.small(h.mean((2, 3))))))
        return h * weights[:, :, None, None]


class SceneNet(nn.Module):
    def __init__(self, channels=16, classes=len(NAMES)):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU())
        self.wide = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=2, dilation=2), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=3, dilation=3), nn.BatchNorm2d(channels), nn.ReLU(),
        )
        self.squeeze = Squeeze(channels)
        self.last = nn.Conv2d(2 * channels, classes, kernel_size=1)

    def forward(self, x):
        near = self.first(x)
        far = self.squeeze(self.wide(near))
        maps = self.last(torch.cat([near, far], dim=1))
        return F.softmax(maps, dim=1)  #~ return maps


def mean_iou(model, x, labels):
    model.eval()
    with torch.no_grad():
        guess = torch.cat([model(part).argmax(dim=1) for part in x.split(50)])
    model.train()
    found = []
    for k in range(len(NAMES)):
        union = ((guess == k) | (labels == k)).sum().item()
        found.append(((guess == k) & (labels == k)).sum().item() / max(union, 1))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=0.04)
    options = parser.parse_args()
    torch.manual_seed(55)
    x, labels = scenes(200, seed=55)
    x_val, labels_val = scenes(60, seed=56)

    share = torch.bincount(labels.flatten(), minlength=len(NAMES)) / labels.numel()
    criterion = nn.CrossEntropyLoss(weight=(share + 0.05).rsqrt() / 3)
    model = SceneNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=options.lr, momentum=0.8, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=options.epochs + 1, power=0.9)
    for epoch in range(options.epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).view(-1, options.batch):
            flip = torch.rand(()) < 0.5
            picture, truth = (x[rows].flip(3), labels[rows].flip(2)) if flip else (x[rows], labels[rows])
            loss = criterion(model(picture), truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows) / len(x)
        scheduler.step()
        found = mean_iou(model, x_val, labels_val)
        print(f"epoch {epoch}: loss {total:.4f}, mean IoU {np.mean(found):.3f}")
    print(", ".join(f"{name} {value:.2f}" for name, value in zip(NAMES, found)))


if __name__ == "__main__":
    main()
