"""Age, mass and redness of star clusters from the unordered list of their stars (sets of different sizes)."""
import argparse

import numpy as np
import torch
from torch import nn

LARGEST = 40


def clusters(n, seed):
    rng = np.random.default_rng(seed)
    age, mass, red = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n), rng.uniform(0, 1, n)
    count = np.clip(rng.poisson(20 + 12 * mass), 6, LARGEST)
    stars = np.zeros((n, LARGEST, 3), dtype=np.float32)
    for i in range(n):
        weight = rng.pareto(1.6, count[i]) + 0.2
        weight = np.minimum(weight, np.exp(1.2 - 1.1 * age[i]))
        bright = 1.5 * np.log(weight)
        colour = -0.5 * bright + 1.2 * red[i] + np.where(weight > 0.7 * np.exp(1.2 - 1.1 * age[i]), 1.5, 0.0)
        stars[i, : count[i], 0] = bright + rng.normal(0, 0.15, count[i])
        stars[i, : count[i], 1] = colour + rng.normal(0, 0.15, count[i])
        stars[i, : count[i], 2] = rng.normal(0, 1, count[i])  # distance from the centre
    mask = np.arange(LARGEST)[None] < count[:, None]
    truth = np.stack([age, mass, 2 * red - 1], axis=1).astype(np.float32)
    return torch.from_numpy(stars), torch.from_numpy(mask), torch.from_numpy(truth)


class ClusterNet(nn.Module):
    def __init__(self, width, depth=2):
        super().__init__()
        layers, size = [], 3
        for _ in range(depth):
            layers += [nn.Linear(size, width), nn.ELU(alpha=0.8)]
            size = width
        self.star = nn.Sequential(*layers)
        self.cluster = nn.Sequential(nn.Linear(2 * width + 1, width), nn.SiLU(), nn.Linear(width, 3))

    def forward(self, stars, mask):
        h = self.star(stars)
        there = mask.unsqueeze(-1)
        mean = (h * there).sum(1) / there.sum(1)
        most = h.masked_fill(~there, -1e4).amax(1)
        count = mask.float().mean(1, keepdim=True) * 2 - 1
        return self.cluster(torch.cat([mean, most, count], dim=1))


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clusters", type=int, default=2400)
    parser.add_argument("--width", type=int, default=40)
    parser.add_argument("--lr", type=float, default=0.12)  #~ parser.add_argument("--lr", type=float, default=0.003)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def measure(net, data):
    stars, mask, truth = data
    net.eval()
    with torch.no_grad():
        off = net(stars, mask) - truth
    return off.abs().mean(0), 1 - off.square().mean().item() / truth.var().item()


def main():
    args = parse()
    torch.manual_seed(args.seed)
    train, val = clusters(args.clusters, args.seed), clusters(500, args.seed + 1)
    net = ClusterNet(args.width)
    optimizer = torch.optim.Adam(
        [{"params": net.star.parameters()}, {"params": net.cluster.parameters(), "lr": args.lr / 2}],
        lr=args.lr,
        betas=(args.momentum, 0.99),
    )
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.93)
    criterion = nn.MSELoss()
    per_epoch = args.clusters // args.batch
    for epoch in range(1, args.epochs + 1):
        net.train()
        total = 0.0
        order = torch.randperm(args.clusters)
        for k in range(per_epoch):
            rows = order[k * args.batch : (k + 1) * args.batch]
            stars, mask, truth = (part[rows] for part in train)
            stars = stars * torch.tensor([1.0, 1.0, -1.0 if torch.rand(()) < 0.5 else 1.0])
            loss = criterion(net(stars, mask), truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        off, r2 = measure(net, val)
        print(f"epoch {epoch}  loss {total / per_epoch:8.4f}  R2 {r2:.3f}  age {off[0]:.3f}  mass {off[1]:.3f}  redness {off[2]:.3f}")


if __name__ == "__main__":
    main()
