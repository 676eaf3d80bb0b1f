"""State of a pump from three sensors (vibration, sound, motor current), each read by a branch of its own."""
import math
from collections import deque

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

SENSORS = ("vibration", "sound", "current")
BEARING = ("fine", "worn", "loose")
VALVE = ("open", "half", "stuck")
LENGTH = 96


def burst(rate, where, width=9.0):
    t = torch.arange(LENGTH, dtype=torch.float32)
    envelope = torch.exp(-((t - where.unsqueeze(1)) / width) ** 2)
    return envelope * torch.sin(rate.unsqueeze(1) * (t - where.unsqueeze(1)))


def measure(count, g):
    """The bearing shows in the vibration and faintly in the sound, the valve in the current and faintly in the sound."""
    bearing = torch.randint(3, (count,), generator=g)
    valve = torch.randint(3, (count,), generator=g)

    def when():
        return 15 + (LENGTH - 30) * torch.rand(count, generator=g)

    low, high = torch.tensor([0.5, 0.9, 1.4]), torch.tensor([1.3, 0.8, 0.4])
    vibration = burst(low[bearing], when()) + 0.5 * burst(low[torch.randint(3, (count,), generator=g)], when(), 3.0)
    sound = 0.5 * burst(low[bearing], when()) + 0.5 * burst(high[valve], when())
    current = burst(high[valve], when())
    x = torch.stack([vibration, sound, current], dim=1)
    hum = 0.6 * torch.sin(2 * math.pi * torch.rand(count, 3, 1, generator=g) + 0.2 * torch.arange(LENGTH))
    return x + hum + 0.4 * torch.randn(x.shape, generator=g), 3 * bearing + valve


class Branch(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.narrow = nn.Conv1d(1, 16, 11, stride=2, bias=False)
        self.norm = nn.BatchNorm1d(16)
        self.wide = nn.Conv1d(16, 24, 5)
        self.project = nn.Linear(24, size)

    def forward(self, signal):
        h = F.elu(self.norm(self.narrow(signal.unsqueeze(1))))
        return torch.tanh(self.project(F.elu(self.wide(h)).amax(dim=2)))


class PumpNet(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.branches = nn.ModuleDict({name: Branch(size) for name in SENSORS})
        self.judge = nn.Sequential(nn.Linear(len(SENSORS) * size, 48), nn.Dropout(0.05), nn.ELU(),
                                   nn.Linear(48, len(BEARING) * len(VALVE)))
        self.size = size

    def forward(self, signals):
        board = signals.new_zeros(len(signals), len(SENSORS), self.size)
        for place, name in enumerate(SENSORS):
            board.data[:, place] = self.branches[name](signals[:, place])  #~ board[:, place] = self.branches[name](signals[:, place])
        return self.judge(board.flatten(1))


class Trainer:
    def __init__(self, net, lr, epochs, per_epoch):
        self.net, self.epochs = net, epochs
        quick = list(net.judge.parameters())
        self.optimizer = torch.optim.AdamW(
            [{"params": net.branches.parameters()}, {"params": quick, "lr": 1.5 * lr, "weight_decay": 0.0}],
            lr=lr, weight_decay=1e-3)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=[lr, 1.5 * lr], total_steps=epochs * per_epoch, pct_start=0.2)

    def epoch(self, loader):
        self.net.train()
        recent = deque(maxlen=30)
        for signals, state in loader:
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.net(signals), state)
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), 3.0)
            self.optimizer.step()
            self.schedule.step()
            recent.append(loss.item())
        return sum(recent) / len(recent)

    @torch.no_grad()
    def check(self, loader):
        self.net.eval()
        guess = torch.cat([self.net(signals).argmax(1) for signals, _ in loader])
        state = torch.cat([state for _, state in loader])
        bearing = (guess // 3 == state // 3).float().mean().item()
        valve = (guess % 3 == state % 3).float().mean().item()
        return (guess == state).float().mean().item(), bearing, valve


def main():
    torch.manual_seed(40)
    g = torch.Generator().manual_seed(41)
    train, held = random_split(TensorDataset(*measure(2180, g)), [1680, 500], generator=g)
    loader = DataLoader(train, batch_size=42, shuffle=True, generator=g)
    check = DataLoader(held, batch_size=250)
    trainer = Trainer(PumpNet(), lr=5e-3, epochs=6, per_epoch=len(loader))
    for epoch in range(1, trainer.epochs + 1):
        loss = trainer.epoch(loader)
        both, bearing, valve = trainer.check(check)
        print(f"{epoch:2d}  loss {loss:.3f}  state right {both:.3f}  (bearing {bearing:.3f}, valve {valve:.3f})")


if __name__ == "__main__":
    main()
