"""One-step forecast of percentage returns from the last 20 ticks."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass
class Settings:
    ticks: int = 2600
    window: int = 20
    hidden: int = 24
    batch: int = 64
    epochs: int = 8
    learning_rate: float = 2e-3


def feed(n, seed):
    """Prices as the feed delivers them; it sends 0 while the exchange pauses."""
    rng = np.random.default_rng(seed)
    r = np.zeros(n)
    for i in range(2, n):
        r[i] = 0.9 * r[i - 1] - 0.75 * r[i - 2] + rng.normal(0, 0.5)
    prices = 100 * np.exp(np.cumsum(r) / 100)
    prices[[611, 1304]] = 0.0
    return prices


def to_returns(prices):
    quotes = np.arange(len(prices))  #~ quotes = np.flatnonzero(prices > 0)
    with np.errstate(divide="ignore"):
        return (100 * np.diff(np.log(prices[quotes]))).astype(np.float32)


def make_windows(returns, length):
    x = np.lib.stride_tricks.sliding_window_view(returns, length)[:-1]
    return torch.from_numpy(x.copy()).unsqueeze(-1), torch.from_numpy(returns[length:].copy())


class ReturnGRU(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.linear(self.gru(x)[0][:, -1]).squeeze(-1)


class Experiment:
    def __init__(self, settings):
        torch.manual_seed(61)
        self.s = settings
        x, y = make_windows(to_returns(feed(settings.ticks, seed=61)), settings.window)
        cut = 2000
        self.train_data, self.val_data = (x[:cut], y[:cut]), (x[cut:], y[cut:])
        self.model = ReturnGRU(settings.hidden)
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=settings.learning_rate)

    def fit(self):
        x, y = self.train_data
        for epoch in range(1, self.s.epochs + 1):
            self.model.train()
            running = []
            for rows in torch.randperm(len(x)).split(self.s.batch):
                loss = self.criterion(self.model(x[rows]), y[rows])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                running.append(loss.item())
            mse, baseline = self.check()
            print(f"epoch {epoch}: train {np.mean(running):.4f}  val {mse:.4f}  (always the mean: {baseline:.4f})")

    @torch.no_grad()
    def check(self):
        self.model.eval()
        x, y = self.val_data
        return self.criterion(self.model(x), y).item(), y.var().item()


Experiment(Settings()).fit()
