"""Remaining life of a bearing from vibration windows: 1-d convolutions, gradients gathered over small batches."""
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Settings:
    windows: int = 1200
    held_out: int = 240
    length: int = 128
    small_batch: int = 12
    gather: int = 2
    epochs: int = 6
    lr: float = 0.02
    seed: int = 2
    widths: list = field(default_factory=lambda: [8, 16, 16])


def vibration(n, length, rng):
    wear = rng.random(n)
    t = np.arange(length) / length
    turn = rng.uniform(3, 5, (n, 1))
    base = np.sin(2 * np.pi * turn * t + rng.uniform(0, 6.28, (n, 1)))
    knock = np.maximum(0, np.sin(2 * np.pi * 2.6 * turn * t + rng.uniform(0, 6.28, (n, 1)))) ** 12
    ring = np.sin(2 * np.pi * 40 * t)
    x = base + 2.2 * wear[:, None] * knock * ring + 0.25 * rng.normal(size=(n, length))
    x = x * rng.uniform(0.8, 1.25, (n, 1))
    return torch.tensor(x, dtype=torch.float32).unsqueeze(1), torch.tensor(1 - wear, dtype=torch.float32)


class WearNet(nn.Module):
    def __init__(self, widths):
        super().__init__()
        layers, previous = [], 1
        for width in widths:
            layers += [nn.Conv1d(previous, width, 7, padding=3), nn.GroupNorm(2, width), nn.ReLU(), nn.AvgPool1d(2)]
            previous = width
        self.features = nn.Sequential(*layers)
        self.read = nn.Sequential(nn.Linear(2 * previous, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, x):
        h = self.features(x)
        pooled = torch.cat((h.mean(dim=2), h.amax(dim=2)), dim=1)
        return self.read(pooled).squeeze(1)


class Trainer:
    def __init__(self, model, settings):
        self.model, self.s = model, settings
        self.optimizer = torch.optim.SGD(model.parameters(), lr=settings.lr, momentum=0.8)
        self.step_count = 0

    def learn(self, x, life, last):
        self.model.train()
        loss = F.smooth_l1_loss(self.model(x), life, beta=0.1)
        (loss / self.s.gather).backward()
        if last:
            self.optimizer.step()  #~ self.optimizer.step(); self.optimizer.zero_grad()
            self.step_count += 1
        return loss.item()

    def epoch(self, x, life):
        rows = torch.randperm(len(x)).split(self.s.small_batch)
        losses = [self.learn(x[r], life[r], last=(i + 1) % self.s.gather == 0) for i, r in enumerate(rows)]
        return float(np.mean(losses))

    @torch.no_grad()
    def check(self, x, life):
        self.model.eval()
        guess = self.model(x)
        off = (guess - life).abs().mean().item()
        together = torch.corrcoef(torch.stack((guess, life)))[0, 1].item()
        return off, together


def main():
    s = Settings()
    torch.manual_seed(s.seed)
    rng = np.random.default_rng(s.seed)
    x, life = vibration(s.windows, s.length, rng)
    vx, vlife = vibration(s.held_out, s.length, rng)
    trainer = Trainer(WearNet(s.widths), s)
    trainer.model.read[-1].bias.data.fill_(life.mean())
    for epoch in range(1, s.epochs + 1):
        loss = trainer.epoch(x, life)
        off, together = trainer.check(vx, vlife)
        print(f"epoch {epoch:2d}  steps {trainer.step_count:4d}  loss {loss:.4f}  off by {off:.3f} (always the mean: {(vlife - life.mean()).abs().mean():.3f})  correlation {together:.3f}")


if __name__ == "__main__":
    main()
