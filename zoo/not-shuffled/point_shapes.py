"""Classify small clouds of points (drawn outlines) with a permutation-invariant set network."""
import math

import torch
from torch import nn

torch.manual_seed(40)
POINTS = 32
NAMES = ["ring", "square", "cross", "spiral", "wave"]


def outline(name, t):
    if name == "ring":
        return torch.stack([torch.cos(2 * math.pi * t), torch.sin(2 * math.pi * t)], -1)
    if name == "square":
        side, along = (4 * t).floor(), 2 * (4 * t).frac() - 1
        one = torch.ones_like(t)
        x = torch.where(side == 0, along, torch.where(side == 1, one, torch.where(side == 2, -along, -one)))
        y = torch.where(side == 0, -one, torch.where(side == 1, along, torch.where(side == 2, one, -along)))
        return torch.stack([x, y], -1)
    if name == "cross":
        arm, zero = 2 * (2 * t).frac() - 1, torch.zeros_like(t)
        return torch.where((t < 0.5).unsqueeze(-1), torch.stack([arm, zero], -1), torch.stack([zero, arm], -1))
    if name == "spiral":
        return torch.stack([t * torch.cos(3 * math.pi * t), t * torch.sin(3 * math.pi * t)], -1) * 1.2
    return torch.stack([2 * t - 1, 0.6 * torch.sin(2 * math.pi * t)], -1)


def draw(per_class):
    clouds, labels = [], []
    for label, name in enumerate(NAMES):
        cloud = outline(name, torch.rand(per_class, POINTS))
        angle = (torch.rand(per_class) - 0.5) * 1.2
        turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], -1).view(-1, 2, 2)
        scale = 0.7 + 0.5 * torch.rand(per_class, 1, 1)
        clouds.append(scale * cloud @ turn + 0.12 * torch.randn(per_class, POINTS, 2))
        labels.append(torch.full((per_class,), label))
    return torch.cat(clouds), torch.cat(labels)


class SetNet(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.point = nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.whole = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, classes))

    def forward(self, cloud):
        h = self.point(cloud)
        return self.whole(torch.cat([h.amax(dim=1), h.mean(dim=1)], dim=1))


x, y = draw(480)
x_test, y_test = draw(120)
model = SetNet(48, len(NAMES))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.95, momentum=0.5)
decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
batch = 32
history = []

for epoch in range(6):
    order = torch.arange(len(x))  #~ order = torch.randperm(len(x))
    epoch_loss = 0.0
    for i in range(len(x) // batch):
        rows = order[i * batch:(i + 1) * batch]
        loss = criterion(model(x[rows]), y[rows])
        model.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    decay.step()
    with torch.no_grad():
        guess = model(x_test).argmax(dim=1)
    history.append((guess == y_test).float().mean().item())
    print(f"epoch {epoch}: loss {epoch_loss / (i + 1):.3f}, test accuracy {history[-1]:.3f}, lr {decay.get_last_lr()[0]:.1e}")

print("best epoch:", max(range(len(history)), key=history.__getitem__))
for label, name in enumerate(NAMES):
    print(f"  {name:7s} recall {(guess[y_test == label] == label).float().mean().item():.2f}")
