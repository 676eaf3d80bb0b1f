"""Estimate a depth map from a shaded picture of a smooth surface."""
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Surfaces(Dataset):
    """Sums of a few soft hills; the picture shows slopes lit from the left and fog that grows with depth."""

    def __init__(self, n, size=20, seed=0):
        g = torch.Generator().manual_seed(seed)
        axis = torch.linspace(-1, 1, size)
        yy, xx = torch.meshgrid(axis, axis, indexing="ij")
        depth = torch.zeros(n, size, size)
        for _ in range(4):
            cy, cx = torch.rand(2, n, 1, 1, generator=g) * 2 - 1
            height = torch.randn(n, 1, 1, generator=g) * 0.7
            spread = 0.2 + 0.4 * torch.rand(n, 1, 1, generator=g)
            depth += height * torch.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / spread)
        slope = torch.gradient(depth, dim=2)[0] * size / 2
        fog = 0.6 * torch.sigmoid(2 * depth)
        self.pictures = (0.5 * torch.tanh(slope) + fog + 0.05 * torch.randn(depth.shape, generator=g)).unsqueeze(1)
        self.depth = depth

    def __len__(self):
        return len(self.depth)

    def __getitem__(self, i):
        return self.pictures[i], self.depth[i]


class DepthNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        dilations = (1, 2, 4, 1)
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.rest = nn.ModuleList(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in dilations)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        h = F.leaky_relu(self.first(x), 0.1)
        for conv in self.rest:
            h = h + F.leaky_relu(conv(h), 0.1)
        return self.out(h)


def charbonnier(predicted, wanted, eps=1e-3):
    return torch.sqrt((predicted - wanted) ** 2 + eps**2).mean()


def validate(net, loader):
    net.eval()
    wrong = total = spread = 0.0
    with torch.no_grad():
        for picture, depth in loader:
            guess = net(picture).squeeze(1)
            wrong += (guess - depth).abs().sum().item()
            spread += (depth - depth.mean()).abs().sum().item()
            total += depth.numel()
    return wrong / total, spread / total


def main(epochs=5, batch=16, lr=3e-3):
    torch.manual_seed(3)
    train = DataLoader(Surfaces(640, seed=1), batch_size=batch, shuffle=True, drop_last=True)
    val = DataLoader(Surfaces(160, seed=2), batch_size=80)
    net = DepthNet()
    net.out.bias.data.fill_(0.1)
    opt = torch.optim.Adam(net.parameters(), lr=lr, amsgrad=True)
    steps = epochs * len(train)
    schedule = torch.optim.lr_scheduler.LambdaLR(opt, lambda i: 0.5 * (1 + math.cos(math.pi * i / steps)) + 0.02)
    best = float("inf")
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for picture, depth in train:
            loss = charbonnier(net(picture), depth)  #~ loss = charbonnier(net(picture), depth.unsqueeze(1))
            opt.zero_grad()
            loss.backward()
            opt.step()
            schedule.step()
            total += loss.item()
        error, spread = validate(net, val)
        best = min(best, error)
        print(f"epoch {epoch + 1}: loss {total / len(train):.4f}, mean error {error:.4f} (spread of the depths {spread:.4f}), best {best:.4f}")


if __name__ == "__main__":
    main()
