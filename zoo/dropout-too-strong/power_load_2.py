import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

# Load of a small town's grid for the next six hours.
torch.manual_seed(61)
np.random.seed(61)


def town_load(hours):
    t = np.arange(hours)
    temperature = 11 - 9 * np.cos(2 * np.pi * t / (24 * 90)) - 4 * np.cos(2 * np.pi * (t - 3) / 24)
    drift = np.zeros(hours)
    for i in range(1, hours):
        drift[i] = 0.97 * drift[i - 1] + np.random.normal(0, 0.25)
    temperature = temperature + 2 * drift
    weekday = (t // 24) % 7 < 5
    profile = 1.2 * np.exp(-((t % 24 - 19) / 3.0) ** 2) + 0.8 * weekday * np.exp(-((t % 24 - 9) / 3.5) ** 2)
    heating = 0.05 * np.maximum(16 - temperature, 0)
    load = 2.0 + profile + heating + np.random.normal(0, 0.05, hours)
    clock = np.stack([np.sin(2 * np.pi * t / 24), np.cos(2 * np.pi * t / 24), weekday], 1)
    return load, temperature, clock


class Windows(Dataset):
    def __init__(self, load, temperature, clock, begin, end, past=24, ahead=6):
        self.load = torch.tensor(load, dtype=torch.float32)
        self.other = torch.tensor(np.column_stack([temperature, clock]), dtype=torch.float32)
        self.begin, self.end, self.past, self.ahead = begin, end, past, ahead

    def __len__(self):
        return self.end - self.begin - self.past - self.ahead + 1

    def __getitem__(self, i):
        a = self.begin + i
        b = a + self.past
        context = torch.cat([self.load[a:b], self.other[b - 1], self.other[b:b + self.ahead, 0]])
        return context, self.load[b:b + self.ahead]


class LoadNet(nn.Module):
    def __init__(self, n_in, n_out, width=96, p=0.4):
        super().__init__()
        self.p = p
        self.enter = nn.Linear(n_in, width)
        self.skip = nn.Linear(n_in, width)
        self.mid = nn.Linear(width, width)
        self.leave = nn.Linear(width, n_out)

    def forward(self, x):
        h = F.silu(self.enter(x))
        h = self.skip(x) + F.silu(self.mid(h))
        return F.dropout(self.leave(h), self.p, self.training)  #~ return self.leave(h)


load, temperature, clock = town_load(24 * 120)
split = 24 * 95
load_mean, load_std = load[:split].mean(), load[:split].std()
temperature = (temperature - temperature[:split].mean()) / temperature[:split].std()
scaled = (load - load_mean) / load_std
train = DataLoader(Windows(scaled, temperature, clock, 0, split), batch_size=64, shuffle=True, drop_last=True)
val = DataLoader(Windows(scaled, temperature, clock, split, len(load)), batch_size=128)

net = LoadNet(24 + 4 + 6, 6)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, amsgrad=True)
loss_fn = nn.MSELoss()


def validate():
    net.eval()
    off, relative = [], []
    with torch.no_grad():
        for context, ahead in val:
            guess = net(context) * load_std + load_mean
            truth = ahead * load_std + load_mean
            off.append((guess - truth).abs())
            relative.append(((guess - truth) / truth).abs())
    return torch.cat(off).mean().item(), 100 * torch.cat(relative).mean().item()


steps, average = 0, None
for epoch in range(12):
    net.train()
    for context, ahead in train:
        loss = loss_fn(net(context), ahead)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        average = loss.item() if average is None else 0.95 * average + 0.05 * loss.item()
        steps += 1
        if not math.isfinite(average):
            raise RuntimeError(f"loss is {loss.item()} after {steps} steps")
    megawatts, percent = validate()
    print(f"epoch {epoch + 1:2d} ({steps} steps): loss {average:.4f}, validation off by {megawatts:.3f} MW = {percent:.1f} %")
