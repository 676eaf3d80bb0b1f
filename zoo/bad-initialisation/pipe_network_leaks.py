"""Which junctions of a water network lie next to a leak? Messages along the pipes, one graph per batch."""
import math
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SEED = 11
JUNCTIONS = 40
ROUNDS = 5
WIDTH = 32
STEPS = 420
GRAPHS_PER_STEP = 4

random.seed(SEED)
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)


def network():
    """Junctions on a plane joined to their three nearest; pressure drops around two leaks."""
    where = rng.random((JUNCTIONS, 2))
    gap = np.linalg.norm(where[:, None] - where[None], axis=-1)
    near = np.argsort(gap, axis=1)[:, 1:4]
    adjacency = np.zeros((JUNCTIONS, JUNCTIONS), dtype=np.float32)
    for i, row in enumerate(near):
        adjacency[i, row] = adjacency[row, i] = 1.0
    leaks = rng.choice(JUNCTIONS, size=2, replace=False)
    hops = np.full(JUNCTIONS, 9)
    hops[leaks] = 0
    for distance in range(1, 9):
        reached = adjacency[hops == distance - 1].sum(0) > 0
        hops[reached & (hops == 9)] = distance
    pressure = -np.exp(-hops / 1.5) + 0.25 * rng.normal(size=JUNCTIONS)
    demand = rng.gamma(2.0, 0.5, size=JUNCTIONS)
    flow = demand + 0.6 * (hops == 0) + 0.2 * rng.normal(size=JUNCTIONS)
    features = np.stack([pressure + 0.35, flow - 1.0, demand - 1.0, adjacency.sum(1) / 4 - 1.0], axis=1)
    degree = np.maximum(adjacency.sum(1, keepdims=True), 1)
    return (
        torch.tensor(features, dtype=torch.float32),
        torch.tensor(adjacency / degree),
        torch.tensor((hops <= 1).astype(np.float32)),
    )


class Round(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.own = nn.Linear(inputs, outputs)
        self.others = nn.Linear(inputs, outputs, bias=False)

    def forward(self, h, a):
        return F.relu(self.own(h) + self.others(a @ h))


class LeakFinder(nn.Module):
    def __init__(self, features=4):
        super().__init__()
        widths = [features] + [WIDTH] * ROUNDS
        self.rounds = nn.ModuleList(Round(i, o) for i, o in zip(widths, widths[1:]))
        self.score = nn.Linear(WIDTH, 1)
        self.apply(self.reset)

    @staticmethod
    def reset(module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)  #~ nn.init.normal_(module.weight, std=math.sqrt(1 / module.in_features))
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, h, a):
        for step in self.rounds:
            h = step(h, a)
        return self.score(h).squeeze(-1)


def warm(step):
    """A short ramp, then half a cosine."""
    if step < 20:
        return (step + 1) / 20
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (step - 20) / (STEPS - 20)))


@torch.no_grad()
def check(model, graphs):
    model.eval()
    hit = claimed = real = 0
    total = 0.0
    for x, a, y in graphs:
        out = model(x, a)
        total += F.binary_cross_entropy_with_logits(out, y).item()
        hit += ((out > 0) & (y > 0)).sum().item()
        claimed += (out > 0).sum().item()
        real += y.sum().item()
    model.train()
    return total / len(graphs), 2 * hit / max(claimed + real, 1)


graphs = [network() for _ in range(260)]
train, valid = graphs[:200], graphs[200:]
share = torch.cat([y for _, _, y in train]).mean().item()
print(f"{len(train)} networks to learn from, {100 * share:.0f}% of the junctions are beside a leak")

model = LeakFinder()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-5)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, warm)
began = time.time()
running = 0.0
for step in range(STEPS):
    batch = random.sample(train, GRAPHS_PER_STEP)
    optimizer.zero_grad()
    for x, a, y in batch:
        loss = F.binary_cross_entropy_with_logits(model(x, a), y) / GRAPHS_PER_STEP
        loss.backward()
        running += loss.item()
    optimizer.step()
    schedule.step()
    if (step + 1) % 60 == 0:
        valid_loss, f1 = check(model, valid)
        print(f"step {step + 1:4d}  loss {running / 60:.4f}  validation {valid_loss:.4f}  F1 {f1:.3f}  ({time.time() - began:.1f} s)")
        running = 0.0
