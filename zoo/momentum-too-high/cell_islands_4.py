"""Segment the islets in a noisy microscope picture: small encoder-decoder, Dice plus cross-entropy."""
import argparse
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def pictures(n, size, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:size, :size]
    images = np.empty((n, 1, size, size), np.float32)
    masks = np.zeros((n, 1, size, size), np.float32)
    for i in range(n):
        for _ in range(rng.integers(1, 4)):
            cy, cx = rng.uniform(5, size - 5, 2)
            a, b, turn = rng.uniform(3, 6), rng.uniform(2, 4), rng.uniform(0, math.pi)
            u = (xx - cx) * math.cos(turn) + (yy - cy) * math.sin(turn)
            v = -(xx - cx) * math.sin(turn) + (yy - cy) * math.cos(turn)
            masks[i, 0][(u / a) ** 2 + (v / b) ** 2 < 1] = 1
        shade = rng.uniform(-0.6, 0.6) * (xx / size - 0.5) + rng.uniform(-0.6, 0.6) * (yy / size - 0.5)
        images[i, 0] = 0.9 * masks[i, 0] + shade + 0.5 * rng.normal(size=(size, size)) - 0.15
    return torch.from_numpy(images), torch.from_numpy(masks)


def block(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.GroupNorm(2, b), nn.ReLU(inplace=True))


class IsletNet(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.top = block(1, c)
        self.down = block(c, 2 * c)
        self.deep = block(2 * c, 2 * c)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.last = nn.Sequential(block(2 * c, c), nn.Conv2d(c, 1, 1))

    def forward(self, x):
        top = self.top(x)
        low = self.deep(self.down(F.avg_pool2d(top, 2)))
        return self.last(torch.cat([top, self.up(low)], dim=1))


def soft_dice(logits, masks):
    p = logits.sigmoid()
    both = (p * masks).sum((1, 2, 3))
    return 1 - ((2 * both + 1) / (p.sum((1, 2, 3)) + masks.sum((1, 2, 3)) + 1)).mean()


def overlap(model, x, masks):
    model.eval()
    with torch.no_grad():
        found = model(x) > 0
    inter = (found & (masks > 0)).sum((1, 2, 3))
    union = (found | (masks > 0)).sum((1, 2, 3)).clamp(min=1)
    return (inter / union).mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--momentum", type=float, default=0.998)  #~ parser.add_argument("--momentum", type=float, default=0.8)
    parser.add_argument("--warmup", type=int, default=16)
    parser.add_argument("--dice", type=float, default=0.6)
    args = parser.parse_args()

    torch.manual_seed(5)
    x, masks = pictures(args.images, args.size, 1)
    x_val, masks_val = pictures(80, args.size, 2)
    model = IsletNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum)
    steps = args.epochs * (args.images // args.batch)
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [
        torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=args.warmup),
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps - args.warmup, eta_min=0.3 * args.lr),
    ], milestones=[args.warmup])

    for epoch in range(args.epochs):
        model.train()
        order, seen = torch.randperm(len(x)), []
        for i in range(0, len(order), args.batch):
            rows = order[i:i + args.batch]
            logits = model(x[rows])
            loss = args.dice * soft_dice(logits, masks[rows]) \
                + (1 - args.dice) * F.binary_cross_entropy_with_logits(logits, masks[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            seen.append(loss.item())
        if (epoch + 1) % 2 == 0:
            print(f"epoch {epoch + 1:2d}  loss {np.mean(seen):.4f}  val IoU {overlap(model, x_val, masks_val):.3f}")


if __name__ == "__main__":
    main()
