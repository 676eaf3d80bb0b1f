"""Part recognition from laser scans: 96 points on the surface of a part, in millimetres, in any order."""
import argparse
import math

import numpy as np
import torch
import torch.nn as nn

PARTS = ["ball", "block", "pin", "ring", "cone", "plate"]

PREPARE = {
    "centre": "mean",
    "millimetres_per_unit": 40.0,
    "divide_by": 250.0,  #~ "divide_by": 1.0,
    "spin": True,
    "jitter": 0.01,
}
TRAIN = {"epochs": 14, "batch": 36, "lr": 0.05, "momentum": 0.9, "smoothing": 0.05, "seed": 52}


def surface(part, n, rng):
    """Points of a part of unit size, standing upright."""
    u, v = rng.random((2, n))
    turn = 2 * math.pi * u
    if part == "ball":
        p = rng.standard_normal((n, 3))
        return p / np.linalg.norm(p, axis=1, keepdims=True)
    if part in ("block", "plate"):
        p = rng.uniform(-1, 1, (n, 3))
        face = rng.integers(0, 3, n)
        p[np.arange(n), face] = rng.choice([-1.0, 1.0], n)
        return p * ([0.75, 0.75, 0.75] if part == "block" else [1.0, 0.8, 0.15])
    if part == "pin":
        return np.stack([0.4 * np.cos(turn), 0.4 * np.sin(turn), 2.4 * v - 1.2], 1)
    if part == "ring":
        tube = 2 * math.pi * v
        r = 0.9 + 0.25 * np.cos(tube)
        return np.stack([r * np.cos(turn), r * np.sin(turn), 0.25 * np.sin(tube)], 1)
    h = np.sqrt(v)
    return np.stack([0.8 * h * np.cos(turn), 0.8 * h * np.sin(turn), 1.8 * (1 - h) - 0.6], 1)


def scan(n, seed, points=96):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, len(PARTS), n)
    clouds = np.empty((n, points, 3), dtype=np.float32)
    for i, c in enumerate(label):
        p = surface(PARTS[c], points, rng) * rng.uniform(0.8, 1.2, 3) * 40.0
        clouds[i] = p + rng.normal(0, 60.0, 3) + rng.normal(0, 1.2, p.shape)
    return torch.tensor(clouds), torch.tensor(label)


def prepare(clouds, options):
    """Millimetres on the scanner's bed -> units around the middle of the part."""
    middle = clouds.mean(1, keepdim=True) if options["centre"] == "mean" else clouds.median(1, keepdim=True).values
    units = (clouds - middle) / options["millimetres_per_unit"]
    return units / options["divide_by"]


def augment(clouds, options):
    if options["spin"]:
        angle = 2 * math.pi * torch.rand(len(clouds))
        c, s, o, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
        turn = torch.stack([c, -s, o, s, c, o, o, o, one], 1).view(-1, 3, 3)
        clouds = clouds @ turn
    return clouds * (1 + options["jitter"] * torch.randn_like(clouds))


class PointNet(nn.Module):
    def __init__(self, classes, width=48, wide=96):
        super().__init__()
        self.point = nn.Sequential(
            nn.Linear(3, width), nn.LeakyReLU(0.1),
            nn.Linear(width, width), nn.LeakyReLU(0.1),
            nn.Linear(width, wide),
        )
        self.part = nn.Sequential(nn.Linear(2 * wide, 64), nn.LeakyReLU(0.1), nn.Dropout(0.1), nn.Linear(64, classes))

    def forward(self, clouds):
        h = self.point(clouds)
        return self.part(torch.cat([h.amax(1), h.mean(1)], dim=1))


def test(model, clouds, label):
    model.eval()
    with torch.no_grad():
        guess = model(clouds).argmax(1)
    model.train()
    per_part = [(guess[label == c] == c).float().mean().item() for c in range(len(PARTS))]
    return (guess == label).float().mean().item(), " ".join(f"{n}:{r:.2f}" for n, r in zip(PARTS, per_part))


def main(scans, epochs):
    torch.manual_seed(TRAIN["seed"])
    clouds, label = scan(scans, TRAIN["seed"])
    clouds, label, test_clouds, test_label = clouds[240:], label[240:], clouds[:240], label[:240]
    clouds, test_clouds = prepare(clouds, PREPARE), prepare(test_clouds, PREPARE)

    model = PointNet(len(PARTS))
    optimizer = torch.optim.SGD(model.parameters(), lr=TRAIN["lr"], momentum=TRAIN["momentum"])
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=epochs, power=0.9)
    criterion = nn.CrossEntropyLoss(label_smoothing=TRAIN["smoothing"])
    for epoch in range(epochs):
        losses = []
        for rows in torch.randperm(len(clouds)).split(TRAIN["batch"]):
            loss = criterion(model(augment(clouds[rows], PREPARE)), label[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.detach())
        schedule.step()
        if epoch % 3 == 1:
            right, parts = test(model, test_clouds, test_label)
            print(f"{epoch + 1:3d}  loss {torch.stack(losses).mean():.3f}  right {right:.3f}  ({parts})")


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--scans", type=int, default=1140)
    cli.add_argument("--epochs", type=int, default=TRAIN["epochs"])
    main(**vars(cli.parse_args()))
