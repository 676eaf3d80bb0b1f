"""Same digit or not? Siamese convolutional network with a contrastive loss."""
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset


@dataclass
class OptimConfig:
    max_lr: float = 2e-4  #~ max_lr: float = 2e-2
    momentum: float = 0.9
    weight_decay: float = 1e-4
    pct_start: float = 0.25


@dataclass
class Config:
    seed: int = 8
    epochs: int = 7
    batch_size: int = 64
    margin: float = 1.0
    pairs: int = 4000
    optim: OptimConfig = field(default_factory=OptimConfig)


class Pairs(Dataset):
    def __init__(self, images, labels, count, seed):
        rng = np.random.default_rng(seed)
        self.images, self.rows = images, []
        by_digit = [np.flatnonzero(labels == d) for d in range(10)]
        for i in range(count):
            a = rng.integers(len(labels))
            if i % 2:
                b = rng.choice(by_digit[labels[a]])
            else:
                other = (labels[a] + rng.integers(1, 10)) % 10
                b = rng.choice(by_digit[other])
            self.rows.append((a, b, float(i % 2)))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        a, b, same = self.rows[i]
        return self.images[a], self.images[b], same


class Embed(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ELU(),
            nn.Conv2d(16, 24, 3, padding=1, stride=2), nn.ELU(),
            nn.Conv2d(24, 32, 3, padding=1, stride=2), nn.ELU(),
        )
        self.head = nn.Linear(32 * 4, dim)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


def contrastive(a, b, same, margin):
    d = F.pairwise_distance(a, b, eps=1e-4)
    return (same * d.pow(2) + (1 - same) * (margin - d).clamp(min=0).pow(2)).mean()


def auc(model, loader):
    model.eval()
    scores, truth = [], []
    with torch.no_grad():
        for a, b, same in loader:
            scores.append(-F.pairwise_distance(model(a), model(b)))
            truth.append(same)
    return roc_auc_score(torch.cat(truth).numpy(), torch.cat(scores).numpy())


def run(cfg):
    torch.manual_seed(cfg.seed)
    digits = load_digits()
    images = torch.tensor(digits.images / 8.0 - 1.0, dtype=torch.float32).unsqueeze(1)
    order = np.random.default_rng(cfg.seed).permutation(len(images))
    tr, va = order[:1300], order[1300:]
    train = DataLoader(Pairs(images[tr], digits.target[tr], cfg.pairs, 1), cfg.batch_size, shuffle=True)
    val = DataLoader(Pairs(images[va], digits.target[va], 1000, 2), 250)

    model = Embed()
    o = cfg.optim
    optimizer = torch.optim.SGD(model.parameters(), lr=o.max_lr, momentum=o.momentum, weight_decay=o.weight_decay)
    scheduler = OneCycleLR(optimizer, max_lr=o.max_lr, total_steps=cfg.epochs * len(train),
                           pct_start=o.pct_start, cycle_momentum=False)
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for a, b, same in train:
            loss = contrastive(model(a), model(b), same.float(), cfg.margin)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{cfg.epochs}  loss {total / len(train):.4f}  val auc {auc(model, val):.4f}")
    return model


if __name__ == "__main__":
    run(Config())
