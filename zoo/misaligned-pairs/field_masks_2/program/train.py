"""Segment fields in small aerial tiles. Tiles and masks lie in shards beside each other."""
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

ROOT = Path(__file__).resolve().parent / "tiles"


def shard(index):
    image = np.load(ROOT / f"image_{index}.npy").astype(np.float32)
    mask = np.load(ROOT / f"mask_{index}.npy").astype(np.float32)
    return TensorDataset(torch.from_numpy(image), torch.from_numpy(mask))


class Block(nn.Sequential):
    def __init__(self, a, b):
        super().__init__(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.GroupNorm(4, b), nn.ReLU(inplace=True))


class TinyUNet(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.enter = Block(3, width)
        self.down = Block(width, 2 * width)
        self.bottom = Block(2 * width, 2 * width)
        self.up = Block(3 * width, width)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        a = self.enter(x)
        b = self.bottom(self.down(nn.functional.max_pool2d(a, 2)))
        b = nn.functional.interpolate(b, scale_factor=2, mode="nearest")
        return self.out(self.up(torch.cat([a, b], dim=1)))[:, 0]


def soft_dice(logits, mask):
    p = logits.sigmoid()
    return 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)


class Trainer:
    def __init__(self, model, train, val, epochs):
        self.model, self.epochs = model, epochs
        self.train_loader = DataLoader(train, batch_size=16, shuffle=True)
        self.val_loader = DataLoader(val, batch_size=64)
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-2)
        self.schedule = torch.optim.lr_scheduler.PolynomialLR(self.optimizer, total_iters=epochs, power=0.9)
        self.bce = nn.BCEWithLogitsLoss()

    def epoch(self):
        self.model.train()
        total = 0.0
        for image, mask in self.train_loader:
            logits = self.model(image)
            loss = self.bce(logits, mask) + 0.5 * soft_dice(logits, mask)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(image)
        self.schedule.step()
        return total / len(self.train_loader.dataset)

    @torch.no_grad()
    def iou(self):
        self.model.eval()
        inter = union = 0
        for image, mask in self.val_loader:
            guess, truth = self.model(image) > 0, mask > 0.5
            inter += (guess & truth).sum().item()
            union += (guess | truth).sum().item()
        return inter / max(union, 1)

    def fit(self):
        for e in range(self.epochs):
            loss = self.epoch()
            print(f"epoch {e + 1}/{self.epochs}  loss {loss:.4f}  val IoU {self.iou():.4f}")


if __name__ == "__main__":
    torch.manual_seed(77)
    train = ConcatDataset([shard(i) for i in range(5)])
    Trainer(TinyUNet(), train, shard("val"), epochs=6).fit()
