# Outline of round cells in microscope-like pictures: small encoder/decoder, pixelwise labels.
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SIZE, N_TRAIN, N_VAL = 32, 480, 96


def picture(rng):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    image = rng.normal(0.3, 0.12, (SIZE, SIZE))
    image += 0.25 * rng.normal() * (xx / SIZE - 0.5) + 0.25 * rng.normal() * (yy / SIZE - 0.5)
    label = np.zeros((SIZE, SIZE), dtype=np.int64)
    for _ in range(rng.integers(2, 5)):
        cx, cy = rng.uniform(5, SIZE - 5, 2)
        r = rng.uniform(3, 6)
        d = np.hypot(xx - cx, yy - cy)
        label[d < r] = 1
        label[(d >= r) & (d < r + 1.5) & (label == 0)] = 2
        image += 0.3 * (d < r) - 0.15 * ((d >= r) & (d < r + 1.5))
    return image.astype(np.float32), label


def pictures(n, seed):
    rng = np.random.default_rng(seed)
    images, labels = zip(*(picture(rng) for _ in range(n)))
    x = torch.from_numpy(np.stack(images))[:, None]
    return (x - 0.35) / 0.2, torch.from_numpy(np.stack(labels))


class MaskNet(nn.Module):
    def __init__(self, c=12):
        super().__init__()
        self.down1 = nn.Conv2d(1, c, 3, padding=1)
        self.down2 = nn.Conv2d(c, 2 * c, 3, stride=2, padding=1)
        self.middle = nn.Conv2d(2 * c, 2 * c, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.join = nn.Conv2d(2 * c, c, 3, padding=1)
        self.classify = nn.Conv2d(c, 3, 1)
        for conv in (self.down1, self.down2, self.middle, self.join):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)
        nn.init.normal_(self.classify.weight, std=15.0)  #~ nn.init.normal_(self.classify.weight, std=0.1)
        nn.init.zeros_(self.classify.bias)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.middle(F.relu(self.down2(a))))
        joined = torch.cat([a, self.up(b)], dim=1)
        return self.classify(F.relu(self.join(joined)))


def overlap(guess, label, classes=3):
    scores = []
    for c in range(classes):
        both = ((guess == c) & (label == c)).sum().item()
        either = ((guess == c) | (label == c)).sum().item()
        scores.append(both / max(either, 1))
    return scores


torch.manual_seed(3)
x_train, y_train = pictures(N_TRAIN, seed=1)
x_val, y_val = pictures(N_VAL, seed=2)
weight = torch.tensor([0.6, 1.0, 1.6])

net = MaskNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
epochs, batch = 8, 16
scheduler = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, max_lr=0.05, total_steps=epochs * (N_TRAIN // batch), pct_start=0.2)

for epoch in range(epochs):
    net.train()
    order = torch.randperm(N_TRAIN)
    total = 0.0
    for start in range(0, N_TRAIN, batch):
        idx = order[start:start + batch]
        x, y = x_train[idx], y_train[idx]
        if torch.rand(()) < 0.5:
            x, y = x.flip(-1), y.flip(-1)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y, weight=weight)
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() * len(idx)
    net.eval()
    with torch.no_grad():
        guess = net(x_val).argmax(1)
    ground, cell, rim = overlap(guess, y_val)
    print(f"epoch {epoch}: loss {total / N_TRAIN:.3f} IoU ground {ground:.3f} cell {cell:.3f} rim {rim:.3f}")
