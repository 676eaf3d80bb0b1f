"""Label the ground cover of small four-band satellite tiles; clouded pixels were marked by hand."""
import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

COVER = ("water", "field", "forest", "town")
CLOUD = 255
COLOURS = np.array([[0.1, 0.2, 0.4, 0.05], [0.4, 0.5, 0.2, 0.6], [0.1, 0.35, 0.15, 0.7], [0.5, 0.45, 0.45, 0.3]])


def smooth(noise, times=3):
    for _ in range(times):
        for axis in (1, 2):
            noise = (np.roll(noise, 1, axis) + noise + np.roll(noise, -1, axis)) / 3
    return noise


def tiles(n, rng, size=20):
    heights = smooth(rng.normal(size=(n * len(COVER), size, size)), 5).reshape(n, len(COVER), size, size)
    cover = heights.argmax(axis=1)
    bands = COLOURS[cover] + rng.normal(0, 0.16, (n, size, size, 4))
    bands *= rng.uniform(0.9, 1.1, (n, 1, 1, 1))
    cloud = smooth(rng.normal(size=(n, size, size)), 5)
    cloud = cloud > np.quantile(cloud, 0.95)
    bands[cloud] = 0.9 + rng.normal(0, 0.05, (int(cloud.sum()), 4))
    cover[cloud] = CLOUD
    x = torch.tensor(bands, dtype=torch.float32).permute(0, 3, 1, 2).contiguous()
    return (x - 0.35) / 0.25, torch.from_numpy(cover)


class CoverNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.near = nn.Conv2d(4, width, 3, padding=1, padding_mode="reflect")
        self.far = nn.Conv2d(width, width, 3, padding=2, dilation=2)
        self.join = nn.Conv2d(2 * width, width, 1)
        self.out = nn.Conv2d(width, len(COVER), 1)

    def forward(self, x):
        near = F.relu(self.near(x))
        far = F.relu(self.far(near))
        return self.out(F.relu(self.join(torch.cat((near, far), dim=1))))


def pixel_loss(logits, cover):
    return F.cross_entropy(logits, cover)  #~ return F.cross_entropy(logits, cover, ignore_index=CLOUD)


def evaluate(net, x, cover):
    net.eval()
    with torch.no_grad():
        guess = net(x).argmax(1)
    clear = cover != CLOUD
    scores = []
    for k in range(len(COVER)):
        a, b = (guess == k) & clear, cover == k
        scores.append(((a & b).sum() / (a | b).sum().clamp(min=1)).item())
    return (guess == cover)[clear].float().mean().item(), scores


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--width", type=int, default=12)
    args = parser.parse_args()

    rng = np.random.default_rng(20)
    torch.manual_seed(20)
    x, cover = tiles(400, rng)
    val_x, val_cover = tiles(100, rng)
    print(f"{len(x)} tiles, {(cover == CLOUD).float().mean():.1%} of the pixels in cloud")
    net = CoverNet(args.width)
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    for epoch in range(1, args.epochs + 1):
        net.train()
        losses = []
        for rows in torch.randperm(len(x)).split(args.batch):
            bx, by = x[rows], cover[rows]
            if torch.rand(()) < 0.5:
                bx, by = bx.transpose(2, 3), by.transpose(1, 2)
            loss = pixel_loss(net(bx), by)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        right, scores = evaluate(net, val_x, val_cover)
        print(f"epoch {epoch}  loss {np.mean(losses):.3f}  right {right:.3f}  iou " + "  ".join(f"{k} {s:.2f}" for k, s in zip(COVER, scores)))


if __name__ == "__main__":
    main()
