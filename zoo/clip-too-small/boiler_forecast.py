"""Forecast the return temperature of a boiler six steps ahead from its last day of readings."""
import copy
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Plan:
    window: int = 48
    ahead: int = 6
    channels: int = 24
    batch_size: int = 64
    epochs: int = 7
    lr: float = 0.05
    grad_limit: float = 1e-3  #~ grad_limit: float = 1.0
    patience: int = 3
    seed: int = 77


def readings(n, seed):
    g = torch.Generator().manual_seed(seed)
    t = torch.arange(n, dtype=torch.float32)
    outside = 6 * torch.sin(2 * math.pi * t / 48) + 3 * torch.sin(2 * math.pi * t / 336 + 0.7)
    outside = outside + torch.randn(n, generator=g)
    burner = ((t % 48 > 12) & (t % 48 < 40)).float() * (outside < 4).float()
    water = torch.empty(n)
    level = 45.0
    for i in range(n):
        level += 0.08 * (38 + 14 * burner[i].item() + 0.5 * outside[i].item() - level)
        water[i] = level
    water = water + 0.15 * torch.randn(n, generator=g)
    return torch.stack([water, outside, burner])


def windows(series, plan):
    cut = series.unfold(1, plan.window + plan.ahead, 1).permute(1, 0, 2)
    x, y = cut[:, :, :plan.window], cut[:, 0, plan.window:]
    return x.contiguous(), (y - x[:, 0, -1:]).contiguous()


class Causal(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.pad = nn.ConstantPad1d((2 * dilation, 0), 0.0)
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation)

    def forward(self, x):
        return x + torch.relu(self.conv(self.pad(x)))


class TCN(nn.Module):
    def __init__(self, plan):
        super().__init__()
        self.inp = nn.Conv1d(3, plan.channels, 1)
        self.body = nn.Sequential(*[Causal(plan.channels, d) for d in (1, 2, 4, 8)])
        self.out = nn.Linear(plan.channels, plan.ahead)

    def forward(self, x):
        return self.out(self.body(self.inp(x))[:, :, -1])


class Forecaster:
    def __init__(self, plan):
        torch.manual_seed(plan.seed)
        self.plan = plan
        series = readings(2600, plan.seed)
        self.unit = series[:, :2000].std(1, keepdim=True)
        series = (series - series[:, :2000].mean(1, keepdim=True)) / self.unit
        self.train = DataLoader(TensorDataset(*windows(series[:, :2000], plan)), plan.batch_size, shuffle=True)
        self.x_val, self.y_val = windows(series[:, 2000:], plan)
        self.net = TCN(plan)
        self.opt = torch.optim.SGD(self.net.parameters(), lr=plan.lr, momentum=0.9, nesterov=True)
        self.anneal = torch.optim.lr_scheduler.MultiStepLR(self.opt, milestones=[5], gamma=0.2)

    def limit(self):
        grads = [p.grad for p in self.net.parameters() if p.grad is not None]
        norm = torch.sqrt(sum(g.pow(2).sum() for g in grads))
        scale = min(1.0, self.plan.grad_limit / (norm.item() + 1e-12))
        for g in grads:
            g.mul_(scale)

    def epoch(self):
        self.net.train()
        total = 0.0
        for x, y in self.train:
            loss = nn.functional.huber_loss(self.net(x), y, delta=1.5)
            self.opt.zero_grad()
            loss.backward()
            self.limit()
            self.opt.step()
            total += loss.item()
        self.anneal.step()
        return total / len(self.train)

    def error(self):
        self.net.eval()
        with torch.no_grad():
            return ((self.net(self.x_val) - self.y_val).abs().mean() * self.unit[0]).item()

    def fit(self):
        naive = (self.y_val.abs().mean() * self.unit[0]).item()
        best, waited, kept = float("inf"), 0, None
        for n in range(self.plan.epochs):
            loss, error = self.epoch(), self.error()
            print(f"epoch {n}: loss {loss:.5f}, mean error {error:.3f} K (last value: {naive:.3f} K)")
            if error < best:
                best, waited, kept = error, 0, copy.deepcopy(self.net.state_dict())
            else:
                waited += 1
                if waited > self.plan.patience:
                    break
        self.net.load_state_dict(kept)
        return best


if __name__ == "__main__":
    print(f"best error {Forecaster(Plan()).fit():.3f} K")
