import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# Hydrophone snippets: what kind of animal clicks (none, dolphin, sperm whale, beaked whale)?
KINDS = ("none", "dolphin", "sperm", "beaked")
LENGTH = 160


def click(kind, rng):
    t = np.arange(24)
    if kind == 1:
        return np.sin(2 * np.pi * 0.31 * t) * np.exp(-t / 3.0)
    if kind == 2:
        return np.sin(2 * np.pi * 0.09 * t + rng.uniform(0, 1)) * np.exp(-t / 6.0)
    return np.sin(2 * np.pi * (0.08 + 0.006 * t) * t) * np.hanning(24)


def snippets(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, len(KINDS), n)
    sound = rng.normal(0, 0.35, (n, LENGTH))
    for row, kind in enumerate(kinds):
        if kind > 0:
            for at in rng.integers(0, LENGTH - 24, size=rng.integers(1, 4)):
                sound[row, at:at + 24] += rng.uniform(0.9, 1.6) * click(kind, rng)
    sound /= sound.std(axis=1, keepdims=True)
    return torch.tensor(sound[:, None], dtype=torch.float32), torch.from_numpy(kinds)


class ClickNet(nn.Module):
    def __init__(self, channels, floor):
        super().__init__()
        self.floor = floor
        self.bank = nn.Conv1d(1, channels, 15, padding=7, bias=False)
        self.level = nn.BatchNorm1d(channels, affine=False)
        self.squeeze = nn.Conv1d(channels, channels, 5, stride=4, padding=2)
        self.norm = nn.BatchNorm1d(channels)
        self.out = nn.Linear(channels, len(KINDS))

    def forward(self, x):
        peaks = torch.clamp(self.level(self.bank(x)) - self.floor, min=0)
        h = F.relu(self.norm(self.squeeze(peaks)))
        return self.out(h.amax(dim=2))


def batches(x, y, size, generator):
    order = torch.randperm(len(x), generator=generator)
    for part in order.split(size):
        if len(part) == size:
            yield x[part], y[part]


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--floor", type=float, default=6.0)  #~ parser.add_argument("--floor", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.05)
    args = parser.parse_args()

    torch.manual_seed(17)
    generator = torch.Generator().manual_seed(18)
    x, y = snippets(1280, 17)
    x_val, y_val = snippets(400, 19)

    net = ClickNet(args.channels, args.floor)
    decay, plain = [], []
    for p in net.parameters():
        (decay if p.dim() > 1 else plain).append(p)
    optimizer = torch.optim.SGD([{"params": decay, "weight_decay": 5e-4}, {"params": plain}], lr=args.lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[7, 10], gamma=0.3)
    for epoch in range(args.epochs):
        net.train()
        losses = []
        for xb, yb in batches(x, y, args.batch, generator):
            shift = int(torch.randint(0, 16, (1,), generator=generator))
            loss = F.cross_entropy(net(xb.roll(shift, dims=2)), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        print(f"epoch {epoch:2d} loss {np.mean(losses):.3f} val accuracy {accuracy(net, x_val, y_val):.3f}")


if __name__ == "__main__":
    main()
