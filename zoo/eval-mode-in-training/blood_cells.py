"""Counting of blood cells: how many of each of two kinds are in a field of view? A convolutional trunk and two counters."""
import contextlib
import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SIZE = 20


def fields(count, rng):
    """Raw camera values: background about 90, small bright discs and larger rings, uneven light."""
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    images = np.empty((count, 1, SIZE, SIZE), dtype=np.float32)
    counts = rng.integers(0, 5, (count, 2))
    for n in range(count):
        picture = 90 + 4 * rng.normal() + 0.2 * (xx - SIZE / 2) * rng.normal()
        for kind in (0, 1):
            for _ in range(counts[n, kind]):
                cy, cx = rng.uniform(3, SIZE - 3, 2)
                r = np.hypot(yy - cy, xx - cx)
                picture = picture + (14 * np.exp(-(r / 1.3) ** 2) if kind == 0 else 11 * np.exp(-((r - 3) / 0.9) ** 2))
        images[n, 0] = picture + 1.5 * rng.normal(size=(SIZE, SIZE))
    return torch.from_numpy(images), torch.from_numpy(counts.astype(np.float32))


class Trunk(nn.Module):
    def __init__(self, maps):
        super().__init__()
        self.c1, self.n1 = nn.Conv2d(1, maps, 5, padding=2, bias=True), nn.BatchNorm2d(maps)
        self.c2, self.n2 = nn.Conv2d(maps, maps, 3, padding=1), nn.BatchNorm2d(maps)
        self.c3, self.n3 = nn.Conv2d(maps, 2 * maps, 3, padding=1), nn.BatchNorm2d(2 * maps)
        self.c4, self.n4 = nn.Conv2d(2 * maps, 2 * maps, 3, padding=1), nn.BatchNorm2d(2 * maps)

    def forward(self, images):
        h = F.relu(self.n1(self.c1((images - 90) / 10)))
        h = F.relu(self.n2(self.c2(F.avg_pool2d(h, 2))))
        h = F.relu(self.n3(self.c3(h)))
        return F.relu(self.n4(self.c4(h)))


class Counter(nn.Module):
    """A density for one kind; its sum over the field is the count."""

    def __init__(self, maps):
        super().__init__()
        self.density = nn.Sequential(nn.Conv2d(maps, 16, 1), nn.ReLU(), nn.Dropout2d(0.02), nn.Conv2d(16, 1, 1))
        nn.init.normal_(self.density[-1].weight, std=0.02)

    def forward(self, maps):
        return self.density(maps).mean(dim=(1, 2, 3)) * 10


class Cells(nn.Module):
    def __init__(self, maps=8):
        super().__init__()
        self.trunk = Trunk(maps)
        self.counters = nn.ModuleList([Counter(2 * maps), Counter(2 * maps)])

    def forward(self, images):
        shared = self.trunk(images)
        return torch.stack([counter(shared) for counter in self.counters], dim=1)


@contextlib.contextmanager
def judging(net):
    net.eval()
    try:
        with torch.no_grad():
            yield net
    finally:
        net.counters.train()  #~ net.train()


def epochs(images, counts, size, laps):
    rows = list(range(len(images)))
    for lap in range(laps):
        random.shuffle(rows)
        yield lap, [rows[k:k + size] for k in range(0, len(rows), size)]


def main():
    random.seed(4)
    torch.manual_seed(4)
    rng = np.random.default_rng(4)
    images, counts = fields(1000, rng)
    new_images, new_counts = fields(300, rng)
    net = Cells()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.3)
    with judging(net):
        print(f"untrained: off by {(net(new_images) - new_counts).abs().mean().item():.2f} cells")
    for lap, parts in epochs(images, counts, 25, 8):
        total = 0.0
        for part in parts:
            guess = net(images[part])
            loss = F.smooth_l1_loss(guess, counts[part]) + 0.1 * F.relu(-guess).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 20.0)
            optimizer.step()
            total += loss.item() / len(parts)
        schedule.step()
        with judging(net):
            off = (net(new_images) - new_counts).abs().mean(dim=0).tolist()
        print(f"lap {lap}: loss {total:.3f}, off by {off[0]:.2f} small and {off[1]:.2f} large cells")
    fixed = (new_counts - counts.mean(dim=0)).abs().mean().item()
    print(f"the average count for every field: off by {fixed:.2f} cells")


if __name__ == "__main__":
    main()
