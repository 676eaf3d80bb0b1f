"""Segmentation of simulated micrographs into matrix, grain and grain boundary with a fully convolutional net."""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIZE, CLASSES = 32, 3
rng = np.random.default_rng(14)
torch.manual_seed(14)


def micrograph():
    yy, xx = np.mgrid[:SIZE, :SIZE].astype(float)
    label = np.zeros((SIZE, SIZE), dtype=np.int64)
    shade = np.zeros((SIZE, SIZE))
    for _ in range(rng.integers(2, 6)):
        cy, cx = rng.uniform(3, SIZE - 3, 2)
        a, b = rng.uniform(4, 8, 2)
        turn = rng.uniform(0, math.pi)
        u = (xx - cx) * math.cos(turn) + (yy - cy) * math.sin(turn)
        v = (yy - cy) * math.cos(turn) - (xx - cx) * math.sin(turn)
        r = np.sqrt((u / a) ** 2 + (v / b) ** 2)
        inside, rim = r < 0.85, (r >= 0.85) & (r < 1.15)
        stripes = 0.8 * np.sin(1.3 * u + rng.uniform(0, 6))
        shade = np.where(inside, stripes + 0.2, np.where(rim, -0.5, shade))
        label = np.where(inside, 1, np.where(rim, 2, label))
    slope = rng.normal(0, 0.01, 2)
    image = shade + slope[0] * (yy - SIZE / 2) + slope[1] * (xx - SIZE / 2) + 0.35 * rng.standard_normal((SIZE, SIZE))
    return image, label


def stack(n):
    pairs = [micrograph() for _ in range(n)]
    images = torch.tensor(np.stack([p[0] for p in pairs]), dtype=torch.float32)[:, None]
    return (images - images.mean()) / images.std(), torch.tensor(np.stack([p[1] for p in pairs]))


class Segmenter(nn.Module):
    def __init__(self, widths=(10, 10, 16, 16, 16, 10)):
        super().__init__()
        dilation = (1, 1, 2, 3, 1, 1)
        convs, inside = [], 1
        for width, d in zip(widths, dilation):
            convs += [nn.Conv2d(inside, width, 3, padding=d, dilation=d), nn.ReLU(inplace=True)]
            inside = width
        self.body = nn.Sequential(*convs)
        self.classify = nn.Conv2d(inside, CLASSES, 1)
        self.apply(self.fill)

    @staticmethod
    def fill(module):
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=0.01)  #~ nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.classify(self.body(x))


@torch.no_grad()
def scores(model, images, labels):
    guess = torch.cat([model(part).argmax(1) for part in images.split(40)])
    ious = []
    for c in range(CLASSES):
        both = ((guess == c) & (labels == c)).sum().item()
        either = ((guess == c) | (labels == c)).sum().item()
        ious.append(both / max(either, 1))
    return (guess == labels).float().mean().item(), ious


def flips(images, labels):
    """The same random mirror for the whole batch."""
    for axis in (-1, -2):
        if torch.rand(()) < 0.5:
            images, labels = images.flip(axis), labels.flip(axis)
    return images, labels


images, labels = stack(240)
val_images, val_labels = stack(80)
share = torch.bincount(labels.flatten(), minlength=CLASSES).float() / labels.numel()
class_weight = (1 / share).sqrt()
class_weight /= class_weight.mean()
print("pixels per class", [round(s, 3) for s in share.tolist()], "weights", [round(w, 2) for w in class_weight.tolist()])

model = Segmenter()
optimizer = torch.optim.SGD(model.parameters(), lr=0.04, momentum=0.9, nesterov=True, weight_decay=1e-4)
BATCH, EPOCHS = 12, 10
total_steps = EPOCHS * len(images) // BATCH
warm = 15
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda s: min((s + 1) / warm, 0.5 * (1 + math.cos(math.pi * s / total_steps)) + 0.01)
)

for epoch in range(1, EPOCHS + 1):
    epoch_loss = 0.0
    for rows in torch.randperm(len(images)).split(BATCH):
        x, y = flips(images[rows], labels[rows])
        loss = F.cross_entropy(model(x), y, weight=class_weight)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        epoch_loss += loss.item() * len(rows) / len(images)
    if epoch % 2 == 0 or epoch == 1:
        pixels, ious = scores(model, val_images, val_labels)
        print(
            f"epoch {epoch:2d}: loss {epoch_loss:.4f}  pixels right {pixels:.3f}  "
            f"IoU matrix {ious[0]:.2f} grain {ious[1]:.2f} boundary {ious[2]:.2f}"
        )
