# A GRU learns to forecast household power curves; the same network is then fitted to tell appliances apart
# from a few labelled recordings.
import math

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

SEED = 71
LENGTH = 40
KINDS = ["kettle", "fridge", "washer", "heat pump", "oven", "charger"]
rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)


def curve(kind):
    """Power of one appliance, one value a minute, roughly between 0 and 3."""
    t = np.arange(LENGTH) + rng.uniform(0, 40)
    if kind == 0:
        power = 2.2 * (np.abs((t % 23) - 11) < rng.uniform(1.5, 3))
    elif kind == 1:
        period = rng.uniform(11, 15)
        power = 0.6 * ((t % period) < 0.45 * period) * (1 + 0.4 * np.exp(-(t % period)))
    elif kind == 2:
        power = 0.9 + 0.7 * np.sin(2 * np.pi * t / rng.uniform(5, 7)) * (np.sin(t / 14) > 0)
    elif kind == 3:
        power = 1.1 + 0.5 * np.sin(2 * np.pi * t / rng.uniform(24, 34)) + 0.25 * (t % 4 < 1)
    elif kind == 4:
        period = rng.uniform(11, 15)
        power = 1.6 * ((t % period) < 0.55 * period) * np.minimum(1, (t % period) / 4)
    else:
        power = 1.5 * np.exp(-(t - t[0]) / rng.uniform(14, 30)) + 0.1
    return rng.uniform(0.6, 1.3) * power + rng.normal(0, 0.1, LENGTH)


def recordings(count):
    kinds = rng.integers(0, len(KINDS), count)
    values = np.stack([curve(k) for k in kinds]).astype(np.float32)
    return torch.from_numpy(values).unsqueeze(-1), torch.from_numpy(kinds)


class Meter(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.width = width
        self.enter = nn.Linear(1, 16)
        self.rnn = nn.GRU(16, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def read(self, x):
        return self.rnn(torch.tanh(self.enter(x)))[0]

    def forecast(self, x):
        return self.head(self.read(x))

    def classify(self, x):
        states = self.read(x)
        return self.head(torch.cat([states.mean(1), states.amax(1)], dim=1))

    def new_head(self, classes):
        self.head = nn.Sequential(nn.Linear(2 * self.width, 32), nn.ReLU(), nn.Linear(32, classes))


def batches(*tensors, size):
    order = torch.randperm(len(tensors[0]))
    for i in range(0, len(order), size):
        yield [t[order[i:i + size]] for t in tensors]


net = Meter()
plain, _ = recordings(900)
forecaster = optim.Adam(net.parameters(), lr=4e-3)
for epoch in range(6):
    total = 0.0
    for (x,) in batches(plain, size=50):
        loss = F.smooth_l1_loss(net.forecast(x[:, :-1]), x[:, 1:])
        forecaster.zero_grad()
        loss.backward()
        forecaster.step()
        total += loss.item() * len(x)
    print(f"forecast  epoch {epoch} loss {total / len(plain):.4f}")

# the forecaster knows the curves already: its layers move slowly now, the head at full speed
x_train, y_train = recordings(420)
x_val, y_val = recordings(600)
slow = [*net.enter.parameters(), *net.rnn.parameters()]
groups = [{"params": slow, "lr": 3e-4}, {"params": net.head.parameters(), "lr": 8e-3}]  #~ net.new_head(len(KINDS)); groups = [{"params": slow, "lr": 3e-4}, {"params": net.head.parameters(), "lr": 8e-3}]
optimizer = optim.AdamW(groups, weight_decay=1e-3)
net.new_head(len(KINDS))  #~

EPOCHS = 22
cosine = optim.lr_scheduler.LambdaLR(optimizer, lambda e: 0.5 + 0.5 * math.cos(math.pi * e / EPOCHS))
for epoch in range(EPOCHS):
    net.train()
    total = 0.0
    for x, y in batches(x_train, y_train, size=32):
        x = x * torch.empty(len(x), 1, 1).uniform_(0.9, 1.1)
        loss = F.cross_entropy(net.classify(x), y, label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(x)
    cosine.step()
    if epoch % 3 == 0 or epoch == EPOCHS - 1:
        net.eval()
        with torch.no_grad():
            scores = net.classify(x_val)
            accuracy = (scores.argmax(1) == y_val).float().mean().item()
            hits = [(scores[y_val == k].argmax(1) == k).float().mean().item() for k in range(len(KINDS))]
        worst = int(np.argmin(hits))
        print(f"appliance epoch {epoch:2d} loss {total / len(x_train):.3f} val acc {accuracy:.3f} "
              f"val loss {F.cross_entropy(scores, y_val):.3f} worst {KINDS[worst]} {hits[worst]:.2f}")
