"""Tree crowns in satellite tiles: a small encoder and decoder paints the mask of the crowns."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BANDS, SIDE = 4, 32
SOIL = np.array([1450.0, 1700.0, 1950.0, 2400.0])
LEAF = np.array([520.0, 930.0, 610.0, 3900.0])
GRASS = np.array([760.0, 1150.0, 900.0, 3300.0])


def tile(rng):
    """Reflectance as the provider delivers it (uint16) and the mask of the crowns."""
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    pitch, lean = rng.uniform(7, 11), rng.uniform(-0.4, 0.4)
    for row in np.arange(rng.uniform(0, pitch), SIDE, pitch):
        for col in np.arange(rng.uniform(0, pitch), SIDE + 8, pitch):
            r = rng.uniform(1.8, 3.4)
            mask |= (yy - row - rng.normal(0, 0.5)) ** 2 + (xx - col + lean * row) ** 2 < r * r
    lawn = np.sin(xx / rng.uniform(4, 9) + rng.uniform(0, 6)) + np.cos(yy / rng.uniform(4, 9)) > 0.5
    ground = np.where(lawn[None], GRASS[:, None, None], SOIL[:, None, None])
    picture = np.where(mask[None], LEAF[:, None, None], ground)
    picture = picture * rng.normal(1, 0.08) + rng.normal(0, 150, (BANDS, SIDE, SIDE))
    return picture.clip(0, 10000).astype(np.uint16), mask


class Tiles(torch.utils.data.Dataset):
    def __init__(self, n, seed, mean=None, std=None):
        rng = np.random.default_rng(seed)
        raw, masks = zip(*(tile(rng) for _ in range(n)))
        self.raw, self.masks = np.stack(raw), np.stack(masks).astype(np.float32)
        whole = self.raw.astype(np.float64)
        self.mean = whole.mean((0, 2, 3))[:, None, None] if mean is None else mean
        self.std = whole.std((0, 2, 3))[:, None, None] if std is None else std

    def __len__(self):
        return len(self.raw)

    def __getitem__(self, i):
        x = (self.raw[i] / 10000.0 - self.mean) / self.std  #~ x = (self.raw[i] - self.mean) / self.std
        return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(self.masks[i])


class CrownNet(nn.Module):
    def __init__(self, c=12):
        super().__init__()
        self.enter = nn.Conv2d(BANDS, c, 3, padding=1)
        self.down = nn.Conv2d(c, 2 * c, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(2 * c, 2 * c, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.leave = nn.Conv2d(2 * c, 1, 1)

    def forward(self, x):
        fine = F.leaky_relu(self.enter(x), 0.05)
        coarse = F.leaky_relu(self.down(fine), 0.05)
        coarse = F.leaky_relu(self.deep(coarse), 0.05)
        return self.leave(torch.cat([fine, self.up(coarse)], dim=1)).squeeze(1)


def overlap_loss(logits, mask):
    p = logits.sigmoid()
    return 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)


@torch.no_grad()
def intersection_over_union(net, loader):
    net.eval()
    both = either = 0
    for x, mask in loader:
        found = net(x) > 0
        both += (found & mask.bool()).sum().item()
        either += (found | mask.bool()).sum().item()
    return both / either


torch.manual_seed(77)
train_set = Tiles(320, seed=1)
val_set = Tiles(80, seed=2, mean=train_set.mean, std=train_set.std)
train_loader = torch.utils.data.DataLoader(train_set, batch_size=10, shuffle=True)
val_loader = torch.utils.data.DataLoader(val_set, batch_size=40)

net = CrownNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.04, momentum=0.9, weight_decay=1e-5)
warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=20)
best = 0.0
for epoch in range(8):
    net.train()
    total = 0.0
    for x, mask in train_loader:
        logits = net(x)
        loss = F.binary_cross_entropy_with_logits(logits, mask) + 0.3 * overlap_loss(logits, mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warm_up.step()
        total += loss.item() * len(x)
    iou = intersection_over_union(net, val_loader)
    best = max(best, iou)
    print(f"[{epoch}] loss {total / len(train_set):.4f}  IoU {iou:.3f}  best {best:.3f}")
