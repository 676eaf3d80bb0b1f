import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.distributions import Normal


@dataclass
class Settings:
    window: int = 20
    hidden: int = 32
    batch: int = 64
    epochs: int = 12
    lr: float = 3e-3
    seed: int = 0


class GaussianForecaster(nn.Module):
    """Mean and spread of the next value given a window of past values."""

    def __init__(self, window, hidden):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(window, hidden), nn.ELU(), nn.Linear(hidden, hidden), nn.ELU())
        self.mean = nn.Linear(hidden, 1)
        self.raw_scale = nn.Linear(hidden, 1)

    def forward(self, x):
        h = self.trunk(x)
        scale = 0.05 + nn.functional.softplus(self.raw_scale(h))
        return Normal(self.mean(h).squeeze(1), scale.squeeze(1))


def tide(n, generator):
    t = torch.arange(n, dtype=torch.float32)
    level = torch.sin(2 * math.pi * t / 12.4) + 0.5 * torch.sin(2 * math.pi * t / 25.8)
    return level + 0.15 * torch.randn(n, generator=generator)


class Experiment:
    def __init__(self, settings):
        self.s = settings
        torch.manual_seed(settings.seed)
        self.generator = torch.Generator().manual_seed(settings.seed)
        series = tide(2000, self.generator)
        windows = series.unfold(0, settings.window + 1, 1)
        self.train, self.val = windows[:1500], windows[1500 + settings.window:]
        self.model = GaussianForecaster(settings.window, settings.hidden)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.lr)

    def loss(self, rows):
        return self.model(rows[:, :-1]).log_prob(rows[:, -1]).mean()  #~ return -self.model(rows[:, :-1]).log_prob(rows[:, -1]).mean()

    def run(self):
        for epoch in range(self.s.epochs):
            self.model.train()
            total = 0.0
            for idx in torch.randperm(len(self.train), generator=self.generator).split(self.s.batch):
                self.optimizer.zero_grad()
                loss = self.loss(self.train[idx])
                loss.backward()
                self.optimizer.step()
                total += loss.item() * len(idx)
            self.model.eval()
            with torch.no_grad():
                error = (self.model(self.val[:, :-1]).mean - self.val[:, -1]).abs().mean().item()
            if epoch % 2 == 1:
                print(f"epoch {epoch + 1:2d}  loss {total / len(self.train):.4f}  val mae {error:.4f}")


if __name__ == "__main__":
    Experiment(Settings()).run()
