"""Find the colony in a dish: the frame around it and which of three kinds it is."""
import argparse
import json

import numpy as np
import torch
from torch import nn


def load_dishes():
    with np.load("dishes.npz") as archive:
        images = dict(zip(archive["name"].tolist(), archive["image"]))
    with open("notes.json") as file:
        notes = json.load(file)
    x = np.stack([images[note["name"]] for note in notes]).astype(np.float32)
    frame = np.array([note["frame"] for note in notes], dtype=np.float32)
    kind = np.array([note["kind"] for note in notes])
    x = (x / 255.0 - 0.4) / 0.2
    return torch.from_numpy(x).unsqueeze(1), torch.from_numpy(frame), torch.from_numpy(kind)


def conv(a, b, stride):
    return nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True))


class Finder(nn.Module):
    def __init__(self, kinds=3):
        super().__init__()
        self.body = nn.Sequential(conv(1, 12, 2), conv(12, 24, 2), conv(24, 24, 1), nn.Flatten())
        self.frame = nn.Sequential(nn.Linear(24 * 49, 64), nn.ReLU(), nn.Linear(64, 4), nn.Sigmoid())
        self.kind = nn.Sequential(nn.Linear(24 * 49, 32), nn.Dropout(0.1), nn.ReLU(), nn.Linear(32, kinds))

    def forward(self, x):
        h = self.body(x)
        return self.frame(h), self.kind(h)


def corners(frame):
    centre, size = frame[:, :2], frame[:, 2:]
    return centre - size / 2, centre + size / 2


def overlap(a, b):
    (low_a, high_a), (low_b, high_b) = corners(a), corners(b)
    inner = (torch.minimum(high_a, high_b) - torch.maximum(low_a, low_b)).clamp(min=0).prod(1)
    return inner / (a[:, 2:].prod(1) + b[:, 2:].prod(1) - inner + 1e-6)


def batches(count, size, generator):
    order = torch.randperm(count, generator=generator)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]


def evaluate(model, x, frame, kind):
    model.eval()
    with torch.no_grad():
        found, scores = model(x)
    model.train()
    return overlap(found, frame).mean().item(), (scores.argmax(1) == kind).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.03)
    parser.add_argument("--kind-weight", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=2024)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed + 1)
    x, frame, kind = load_dishes()
    split = 1200
    model = Finder()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, nesterov=True, weight_decay=1e-4)
    total_steps = args.epochs * (split // args.batch_size)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=args.lr, total_steps=total_steps + 1)

    for epoch in range(args.epochs):
        sums = np.zeros(2)
        for rows in batches(split, args.batch_size, generator):
            found, scores = model(x[rows])
            frame_loss = nn.functional.smooth_l1_loss(found, frame[rows], beta=0.05)
            kind_loss = nn.functional.cross_entropy(scores, kind[rows])
            loss = frame_loss + args.kind_weight * kind_loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            sums += frame_loss.item(), kind_loss.item()
        sums /= split // args.batch_size
        iou, right = evaluate(model, x[split:], frame[split:], kind[split:])
        print(f"epoch {epoch + 1:2d}  frame {sums[0]:.4f}  kind {sums[1]:.3f}  |  overlap {iou:.3f}  kinds right {right:.3f}")


if __name__ == "__main__":
    main()
