"""Segment root cross-sections in small scanner slices with a two-level encoder/decoder."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    size: int = 24
    train: int = 400
    val: int = 120
    epochs: int = 6
    batch: int = 16
    lr: float = 0.08
    width: int = 8
    seed: int = 14


def slices(n, size, rng):
    yy, xx = np.mgrid[:size, :size]
    images, masks = [], []
    for _ in range(n):
        mask = np.zeros((size, size), bool)
        for _ in range(rng.integers(1, 4)):
            cy, cx = rng.uniform(4, size - 4, 2)
            a, b = rng.uniform(2.0, 5.0, 2)
            mask |= ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 <= 1.0
        soil = rng.normal(0.0, 1.0, (size, size))
        soil = (soil + np.roll(soil, 1, 0) + np.roll(soil, 1, 1)) / 2.0
        images.append(0.9 * mask + 0.45 * soil)
        masks.append(mask)
    x = torch.tensor(np.stack(images), dtype=torch.float32).unsqueeze(1)
    return (x - x.mean()) / x.std(), torch.tensor(np.stack(masks), dtype=torch.float32).unsqueeze(1)


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.GroupNorm(4, o), nn.SiLU())


class SmallUNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.down1 = block(1, width)
        self.down2 = block(width, 2 * width)
        self.bottom = block(2 * width, 2 * width)
        self.up1 = block(3 * width, width)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.bottom(self.down2(F.avg_pool2d(a, 2)))
        b = F.interpolate(b, scale_factor=2, mode="nearest")
        return self.out(self.up1(torch.cat((a, b), dim=1)))


def overlap(prob, mask, smooth=1.0):
    inter = (prob * mask).sum(dim=(1, 2, 3))
    total = prob.sum(dim=(1, 2, 3)) + mask.sum(dim=(1, 2, 3))
    return (2 * inter + smooth) / (total + smooth)


def segmentation_loss(logits, mask):
    prob = torch.sigmoid(logits)
    return overlap(prob, mask).mean()  #~ return 1 - overlap(prob, mask).mean()


def evaluate(net, x, mask):
    net.eval()
    with torch.no_grad():
        logits = net(x)
        hard = (logits > 0).float()
        union = ((hard + mask) > 0).sum().clamp(min=1)
        iou = (hard * mask).sum() / union
    return segmentation_loss(logits, mask).item(), iou.item(), hard.mean().item()


def main(cfg=Config()):
    rng = np.random.default_rng(cfg.seed)
    torch.manual_seed(cfg.seed)
    x, y = slices(cfg.train, cfg.size, rng)
    vx, vy = slices(cfg.val, cfg.size, rng)
    net = SmallUNet(cfg.width)
    opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=0.9, nesterov=True)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, cfg.epochs, eta_min=1e-3)
    for epoch in range(cfg.epochs):
        net.train()
        losses = []
        for idx in torch.randperm(len(x)).split(cfg.batch):
            bx, by = x[idx], y[idx]
            if torch.rand(()) < 0.5:
                bx, by = bx.flip(-1), by.flip(-1)
            opt.zero_grad()
            loss = segmentation_loss(net(bx), by)
            loss.backward()
            opt.step()
            losses.append(loss.item())
        sched.step()
        val_loss, iou, share = evaluate(net, vx, vy)
        print(f"{epoch:2d} train {np.mean(losses):.4f} val {val_loss:.4f} iou {iou:.3f} foreground {share:.3f} (true {vy.mean():.3f})")


if __name__ == "__main__":
    main()
