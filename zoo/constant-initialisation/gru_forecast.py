"""Forecast the next value of a load curve from the last 24 hours with a GRU."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    window: int = 24
    hidden: int = 32
    batch_size: int = 64
    epochs: int = 8
    lr: float = 5e-3
    weight_decay: float = 1e-4
    seed: int = 11


def load_curve(n, rng):
    t = np.arange(n)
    curve = np.sin(2 * np.pi * t / 24) + 0.7 * np.sin(2 * np.pi * t / 7.3 + 1.0) + 0.6 * np.sin(2 * np.pi * t / 4.1 + 0.4)
    curve = curve * (1.0 + 0.3 * np.sin(2 * np.pi * t / 168))
    return (curve + 0.05 * rng.standard_normal(n)).astype(np.float32)


class Windows(Dataset):
    def __init__(self, series, window):
        self.series = torch.from_numpy(series)
        self.window = window

    def __len__(self):
        return len(self.series) - self.window

    def __getitem__(self, i):
        return self.series[i : i + self.window].unsqueeze(-1), self.series[i + self.window]


class Forecaster(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.rnn = nn.GRU(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)
        self.reset_parameters()

    def reset_parameters(self):
        bound = self.rnn.hidden_size**-0.5
        for p in self.parameters():
            nn.init.constant_(p, bound)  #~ nn.init.uniform_(p, -bound, bound)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.head(out[:, -1]).squeeze(-1)


class Trainer:
    def __init__(self, config):
        self.config = config
        torch.manual_seed(config.seed)
        series = load_curve(2600, np.random.default_rng(config.seed))
        series = (series - series[:2000].mean()) / series[:2000].std()
        self.train_loader = DataLoader(Windows(series[:2000], config.window), batch_size=config.batch_size, shuffle=True)
        self.val_loader = DataLoader(Windows(series[2000:], config.window), batch_size=256)
        self.model = Forecaster(config.hidden)
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=config.lr, weight_decay=config.weight_decay)

    def run_epoch(self):
        self.model.train()
        losses = []
        for x, y in self.train_loader:
            loss = self.criterion(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        errors = torch.cat([(self.model(x) - y) ** 2 for x, y in self.val_loader])
        return errors.mean().item()

    def fit(self):
        for epoch in range(1, self.config.epochs + 1):
            print(f"epoch {epoch}: train mse {self.run_epoch():.4f}  val mse {self.validate():.4f}")


if __name__ == "__main__":
    Trainer(Config()).fit()
