"""Find cell centres in small microscope frames: a heatmap head in the manner of CenterNet, plus a head for the radius."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    frames: int = 320
    held_out: int = 60
    size: int = 32
    stride: int = 2
    batch: int = 16
    epochs: int = 12
    lr: float = 2e-3
    radius_weight: float = 0.1
    prior: float = -6.0
    seed: int = 4


def draw_frames(n, size, stride, rng):
    grid = np.mgrid[0:size, 0:size].astype(np.float32)
    small = np.mgrid[0:size // stride, 0:size // stride].astype(np.float32) * stride + (stride - 1) / 2
    frames = np.zeros((n, 1, size, size), np.float32)
    heat = np.zeros((n, 1, size // stride, size // stride), np.float32)
    radius = np.zeros_like(heat)
    centres = []
    for i in range(n):
        found = []
        for _ in range(rng.integers(2, 6)):
            y, x = rng.uniform(4, size - 4, 2)
            r = rng.uniform(2.0, 4.5)
            if any((y - a) ** 2 + (x - b) ** 2 < 49 for a, b in found):
                continue
            found.append((y, x))
            d = np.hypot(grid[0] - y, grid[1] - x)
            frames[i, 0] += rng.uniform(0.6, 1.3) * (np.exp(-((d - r) ** 2)) + 0.4 * (d < r))
            near = np.hypot(small[0] - y, small[1] - x)
            heat[i, 0] = np.maximum(heat[i, 0], np.exp(-(near ** 2) / 3.0))
            top = np.unravel_index(near.argmin(), near.shape)
            heat[i, 0][top] = 1.0
            radius[i, 0][top] = r
        centres.append(np.array(found))
    frames += 0.15 * rng.normal(size=frames.shape) + rng.uniform(-0.1, 0.1, (n, 1, 1, 1))
    frames = (frames - 0.2) / 0.35
    return torch.from_numpy(frames.astype(np.float32)), torch.from_numpy(heat), torch.from_numpy(radius), centres


def branch(width):
    return nn.Sequential(
        nn.Conv2d(width, 24, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(24, 1, 1),
    )


class CentreNet(nn.Module):
    def __init__(self, prior, width=16):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, width, 5, padding=2, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=2, dilation=2, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
        )
        self.heat = branch(width)
        self.radius = branch(width)
        nn.init.constant_(self.radius[-1].bias, 3.0)
        # most places hold no cell
        nn.init.constant_(self.heat[0].bias, prior)  #~ nn.init.constant_(self.heat[-1].bias, prior)

    def forward(self, x):
        h = self.trunk(x)
        return self.heat(h), self.radius(h)


def focal(out, heat):
    p = out.sigmoid().clamp(1e-4, 1 - 1e-4)
    top = (heat == 1).float()
    hit = top * (1 - p) ** 2 * p.log()
    miss = (1 - top) * (1 - heat) ** 4 * p ** 2 * (1 - p).log()
    return -(hit + miss).sum() / top.sum().clamp(min=1)


@torch.no_grad()
def found(model, frames, centres, stride, level=0.3):
    model.eval()
    p = model(frames)[0].sigmoid()
    peaks = (p == F.max_pool2d(p, 3, stride=1, padding=1)) & (p > level)
    hit = claimed = real = 0
    for i, wanted in enumerate(centres):
        guess = peaks[i, 0].nonzero().numpy() * stride + (stride - 1) / 2
        claimed, real = claimed + len(guess), real + len(wanted)
        if len(guess):
            gap = np.linalg.norm(guess[:, None] - wanted[None], axis=-1)
            hit += (gap.min(axis=0) < 2.5).sum()
    model.train()
    return 2 * hit / max(claimed + real, 1)


def main(cfg):
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    frames, heat, radius, _ = draw_frames(cfg.frames, cfg.size, cfg.stride, rng)
    held, _, _, centres = draw_frames(cfg.held_out, cfg.size, cfg.stride, rng)
    model = CentreNet(cfg.prior)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=1e-3, amsgrad=True)
    for epoch in range(1, cfg.epochs + 1):
        sums = np.zeros(2)
        for rows in torch.randperm(len(frames)).split(cfg.batch):
            out, size = model(frames[rows])
            where = radius[rows] > 0
            parts = focal(out, heat[rows]), F.smooth_l1_loss(size[where], radius[rows][where])
            loss = parts[0] + cfg.radius_weight * parts[1]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sums += [part.item() for part in parts]
        sums /= -(-len(frames) // cfg.batch)
        print(f"{epoch:2d}: heat {sums[0]:.3f}, radius {sums[1]:.3f}, F1 of centres {found(model, held, centres, cfg.stride):.3f}")


if __name__ == "__main__":
    main(Config())
