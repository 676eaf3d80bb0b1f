"""Fill in a magnetic map from the readings of a survey flight (random cosine features, one linear layer, two components)."""
import itertools

import numpy as np
import torch
from torch import nn


def anomaly(points, sources):
    """Field of buried dipoles, east and down component."""
    east, down = np.zeros(len(points)), np.zeros(len(points))
    for x, y, depth, strength in sources:
        dx, dy = points[:, 0] - x, points[:, 1] - y
        r2 = dx ** 2 + dy ** 2 + depth ** 2
        east += strength * 3 * dx * depth / r2 ** 2.5
        down += strength * (2 * depth ** 2 - dx ** 2 - dy ** 2) / r2 ** 2.5
    return np.stack([east, down], axis=1)


def fly(rng, lines=26, per_line=70):
    """Readings along parallel lines, every other one flown back."""
    rows = []
    for k, y in enumerate(np.linspace(0.02, 0.98, lines)):
        x = np.linspace(0, 1, per_line)[:: 1 if k % 2 == 0 else -1]
        rows.append(np.stack([x, y + 0.006 * np.sin(9 * x + k)], axis=1))
    points = np.concatenate(rows)
    return points + 0.002 * rng.normal(size=points.shape)


class Cosines(nn.Module):
    def __init__(self, count, spread, generator):
        super().__init__()
        self.register_buffer("frequency", spread * torch.randn(2, count, generator=generator))
        self.register_buffer("phase", 2 * torch.pi * torch.rand(count, generator=generator))
        self.scale = (2.0 / count) ** 0.5

    def forward(self, points):
        return self.scale * torch.cos(points @ self.frequency + self.phase)


def forever(points, values, size, generator):
    while True:
        order = torch.randperm(len(points), generator=generator)
        for start in range(0, len(order) - size + 1, size):
            rows = order[start:start + size]
            yield points[rows], values[rows]


def explained(model, points, values):
    with torch.no_grad():
        rest = (model(points) - values).square().mean(dim=0)
    return (1 - rest / values.var(dim=0, unbiased=False)).tolist()


rng = np.random.default_rng(31)
gen = torch.Generator().manual_seed(31)
torch.manual_seed(31)

sources = np.column_stack([rng.random(22), rng.random(22), rng.uniform(0.08, 0.2, 22), rng.normal(size=22)])
flown = fly(rng)
readings = anomaly(flown, sources)
unit = readings.std(axis=0)
offset = readings.mean(axis=0)
readings = readings + 0.03 * unit * rng.normal(size=readings.shape)
checks = rng.uniform(0.05, 0.95, size=(600, 2))

to = lambda a: torch.tensor(a, dtype=torch.float32)
train_points, train_values = to(flown), to((readings - offset) / unit)
check_points, check_values = to(checks), to((anomaly(checks, sources) - offset) / unit)

model = nn.Sequential(Cosines(700, 9.0, gen), nn.Linear(700, 2))
nn.init.zeros_(model[1].weight)
sgd = torch.optim.SGD(model[1].parameters(), lr=1.0, momentum=0.999)  #~ sgd = torch.optim.SGD(model[1].parameters(), lr=1.0, momentum=0.9)
criterion = nn.SmoothL1Loss(beta=4.0)
STEPS = 900

running = None
for step, (points, values) in enumerate(itertools.islice(forever(train_points, train_values, 130, gen), STEPS), 1):
    sgd.zero_grad()
    loss = criterion(model(points), values) * 4.0
    loss.backward()
    sgd.step()
    running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
    if step % 90 == 0:
        east, down = explained(model, check_points, check_values)
        print(f"step {step:4d}  loss {running:.4f}  between the lines: east {east:.3f}  down {down:.3f}")
