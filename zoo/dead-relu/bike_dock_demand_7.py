"""Bikes wanted at a dock in the coming hour: one branch looks at the clock, one at weather and surroundings."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def synthesise(n, seed):
    rng = np.random.default_rng(seed)
    hour = rng.integers(0, 24, n)
    weekend = rng.random(n) < 2 / 7
    temperature = rng.normal(14, 8, n)
    rain = np.maximum(rng.normal(-0.5, 1.0, n), 0)
    wind = rng.gamma(2.0, 2.0, n)
    offices, flats, bars = rng.beta(1, 2, (3, n))

    commute = np.exp(-((hour - 8) / 1.5) ** 2) + np.exp(-((hour - 17.5) / 2.0) ** 2)
    leisure = np.exp(-((hour - 15) / 4.0) ** 2)
    rate = np.where(weekend, 0.3 * commute + 1.3 * leisure, 1.6 * commute + 0.5 * leisure)
    rate = rate * (0.4 + 1.5 * offices + 0.6 * flats) + 0.8 * bars * (hour > 19)
    comfort = np.exp(-((temperature - 20) / 11) ** 2) * np.exp(-0.8 * rain) / (1 + 0.05 * wind)
    demand = rng.poisson(25 * rate * comfort + 0.3)

    angle = 2 * np.pi * hour / 24
    clock = np.stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle), weekend], 1)
    around = np.stack([temperature / 10 - 1.4, rain, wind / 3 - 1.3, offices, flats, bars], 1)
    return clock.astype(np.float32), around.astype(np.float32), np.sqrt(demand).astype(np.float32)


class Branch(nn.Module):
    def __init__(self, features, width, shift):
        super().__init__()
        self.inner = nn.Linear(features, width)
        self.act = nn.ReLU()
        self.outer = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.inner.weight)
        nn.init.constant_(self.inner.bias, shift)

    def forward(self, x):
        return self.outer(self.act(self.inner(x)))


class DemandNet(nn.Module):
    def __init__(self, width=40):
        super().__init__()
        self.clock = Branch(5, width, shift=0.1)
        self.around = Branch(6, width, shift=-9.0)  #~ self.around = Branch(6, width, shift=0.1)
        self.gate = nn.Parameter(torch.ones(1))
        self.top = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, clock, around):
        joint = torch.cat([self.clock(clock), self.gate * self.around(around)], dim=1)
        return self.top(joint).squeeze(1)


def loader(n, seed, batch, shuffle):
    clock, around, demand = (torch.from_numpy(a) for a in synthesise(n, seed))
    return DataLoader(TensorDataset(clock, around, demand), batch_size=batch, shuffle=shuffle)


def r_squared(net, data):
    net.eval()
    guesses, truths = [], []
    with torch.inference_mode():
        for clock, around, demand in data:
            guesses.append(net(clock, around))
            truths.append(demand)
    guess, truth = torch.cat(guesses), torch.cat(truths)
    return 1 - ((guess - truth) ** 2).sum().item() / ((truth - truth.mean()) ** 2).sum().item()


torch.manual_seed(40)
train, val = loader(4000, 1, 64, True), loader(1000, 2, 500, False)
net = DemandNet()
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3, centered=True)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=2)
criterion = nn.MSELoss(reduction="sum")

for epoch in range(16):
    net.train()
    seen = total = 0.0
    for clock, around, demand in train:
        loss = criterion(net(clock, around), demand)
        optimizer.zero_grad()
        (loss / len(demand)).backward()
        optimizer.step()
        seen, total = seen + len(demand), total + loss.item()
    score = r_squared(net, val)
    plateau.step(score)
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d}  mse {total / seen:.3f}  R2 on validation {score:.3f}")
