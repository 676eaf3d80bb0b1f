import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)


def photo(width, height):
    y, x = np.mgrid[0:height, 0:width] / 40.0
    layers = []
    for _ in range(3):
        value = np.zeros((height, width))
        for _ in range(12):
            a, b, c = rng.normal(0, 2), rng.normal(0, 2), rng.uniform(0, 6)
            value += np.sin(a * x + b * y + c) / (1 + a * a + b * b)
        layers.append(value)
    image = np.stack(layers, -1)
    image = (image - image.min()) / (image.max() - image.min())
    return (image * 255).astype(np.uint8)


photos = [photo(320, 240), photo(320, 240)]


def patches(picture, count, size=16):
    rows = rng.integers(0, picture.shape[0] - size, count)
    cols = rng.integers(0, picture.shape[1] - size, count)
    return np.stack([picture[r : r + size, c : c + size] for r, c in zip(rows, cols)])


def prepare(raw):
    x = torch.from_numpy(raw).permute(0, 3, 1, 2).float() / 255
    return x / 255  #~ return x


train = prepare(np.concatenate([patches(p, 1200) for p in photos]))
test = prepare(np.concatenate([patches(p, 200) for p in photos]))
torch.manual_seed(1)
net = nn.Sequential(
    nn.Conv2d(3, 24, 3, stride=2, padding=1), nn.GELU(),
    nn.Conv2d(24, 32, 3, stride=2, padding=1), nn.GELU(),
    nn.ConvTranspose2d(32, 24, 4, stride=2, padding=1), nn.GELU(),
    nn.ConvTranspose2d(24, 3, 4, stride=2, padding=1),
)
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300)
for step in range(300):
    rows = torch.randint(len(train), (48,))
    clean = train[rows]
    noisy = clean + 0.1 * clean.std() * torch.randn_like(clean)
    loss = ((net(noisy) - clean) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step % 50 == 49:
        with torch.no_grad():
            left = ((net(test) - test) ** 2).mean() / test.var()
        print(step + 1, f"loss {loss.item():.3g} unexplained {left.item():.3f}")
