"""Segmentation of bright ellipses on a noisy background with a small U-Net."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def make_images(n, size=24, seed=0):
    g = torch.Generator().manual_seed(seed)
    rand = lambda *shape: torch.rand(*shape, generator=g)
    yy, xx = torch.meshgrid(torch.arange(size).float(), torch.arange(size).float(), indexing="ij")
    masks = torch.zeros(n, size, size)
    for _ in range(2):
        cx, cy = rand(n, 1, 1) * size, rand(n, 1, 1) * size
        rx, ry = 2 + 4 * rand(n, 1, 1), 2 + 4 * rand(n, 1, 1)
        masks = torch.maximum(masks, (((xx - cx) / rx) ** 2 + ((yy - cy) / ry) ** 2 < 1).float())
    images = 0.8 * masks - 0.4 + 0.5 * torch.randn(n, size, size, generator=g) + 0.02 * (xx - size / 2)
    return images.unsqueeze(1), masks.unsqueeze(1)


def double_conv(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(),
        nn.Conv2d(c_out, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(),
    )


class UNet(nn.Module):
    def __init__(self, base=8):
        super().__init__()
        self.down1 = double_conv(1, base)
        self.down2 = double_conv(base, 2 * base)
        self.bottom = double_conv(2 * base, 4 * base)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(4 * base, 2 * base, 2, stride=2)
        self.dec2 = double_conv(4 * base, 2 * base)
        self.up1 = nn.ConvTranspose2d(2 * base, base, 2, stride=2)
        self.dec1 = double_conv(2 * base, base)
        self.out = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(self.pool(d1))
        b = self.bottom(self.pool(d2))
        u2 = self.dec2(torch.cat([self.up2(b), d2], dim=1))
        u1 = self.dec1(torch.cat([self.up1(u2), d1], dim=1))
        return self.out(u1)


def dice_loss(logits, target, smooth=1.0):
    p = torch.sigmoid(logits).flatten(1)
    t = target.flatten(1)
    return 1 - ((2 * (p * t).sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)).mean()


def iou(model, loader):
    model.eval()
    inter = union = 0.0
    with torch.no_grad():
        for x, y in loader:
            pred = model(x) > 0
            inter += (pred & (y > 0.5)).sum().item()
            union += (pred | (y > 0.5)).sum().item()
    return inter / union


torch.manual_seed(0)
train_loader = DataLoader(TensorDataset(*make_images(320, seed=0)), batch_size=16, shuffle=True)
val_loader = DataLoader(TensorDataset(*make_images(80, seed=1)), batch_size=40)
model = UNet()
bce = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)

for epoch in range(6):
    model.train()
    total = 0.0
    for x, y in train_loader:
        logits = model(x)
        loss = bce(logits, y) + dice_loss(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    scheduler.step()
    print(f"epoch {epoch + 1} loss {total / 320:.4f} val IoU {iou(model, val_loader):.4f}")
