"""Are two imprints from the same seal? A siamese network with a contrastive loss."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn


@dataclass
class Settings:
    folder: Path = Path(__file__).parent / "imprints"
    epochs: int = 14
    batch: int = 64
    lr: float = 0.05
    margin: float = 1.0
    width: int = 16
    seed: int = 1


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.project = nn.Linear(16 * 2 * 2, width)

    def forward(self, x):
        return nn.functional.normalize(self.project(self.features(x).flatten(1)), dim=1)


def read(folder, part):
    left = torch.from_numpy(np.load(folder / f"{part}_left.npy")).float().unsqueeze(1) / 16 - 0.3
    right = torch.from_numpy(np.load(folder / f"{part}_right.npy")).float().unsqueeze(1) / 16 - 0.3
    same = torch.tensor([int(line) for line in (folder / f"{part}_same.txt").read_text().split()]).float()
    return left, right, same


def contrastive(distance, same, margin):
    pull = same * distance.pow(2)
    push = (1 - same) * (margin - distance).clamp(min=0).pow(2)
    return (pull + push).mean()


def distances(encoder, left, right):
    return (encoder(left) - encoder(right)).pow(2).sum(1).add(1e-6).sqrt()


def auc(distance, same):
    rank = (-distance).argsort().argsort().double()
    positive = same > 0.5
    p, q = positive.sum().item(), (~positive).sum().item()
    return (rank[positive].sum().item() - p * (p - 1) / 2) / (p * q)


def main(settings):
    torch.manual_seed(settings.seed)
    left, right, same = read(settings.folder, "train")
    held = read(settings.folder, "held")
    encoder = Encoder(settings.width)
    optimizer = torch.optim.SGD(encoder.parameters(), lr=settings.lr, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[10, 13], gamma=0.3)

    for epoch in range(settings.epochs):
        encoder.train()
        total = 0.0
        for rows in torch.randperm(len(same)).split(settings.batch):
            optimizer.zero_grad()
            loss = contrastive(distances(encoder, left[rows], right[rows]), same[rows], settings.margin)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        schedule.step()
        encoder.eval()
        with torch.no_grad():
            d = distances(encoder, held[0], held[1])
        near, far = d[held[2] > 0.5].mean(), d[held[2] < 0.5].mean()
        print(f"epoch {epoch:2d}  loss {total / len(same):.4f}  near {near:.3f}  far {far:.3f}  AUC {auc(d, held[2]):.4f}")


if __name__ == "__main__":
    main(Settings())
