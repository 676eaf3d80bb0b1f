"""Predict the next hour's temperature of a weather station from the last twelve hours.

Columns of station.npy: temperature, pressure, wind, sine and cosine of the hour.
"""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

LOOKBACK = 12


class Windows(Dataset):
    def __init__(self, log, start, stop):
        self.log = log
        self.starts = range(start, stop - LOOKBACK)

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i):
        s = self.starts[i]
        return self.log[s : s + LOOKBACK], self.log[s + LOOKBACK, 0]


class Forecaster(nn.Module):
    def __init__(self, columns, hidden=32):
        super().__init__()
        self.gru = nn.GRU(columns, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.out(states[:, -1]).squeeze(-1)


class Trainer:
    def __init__(self, model, lr=1e-2, epochs=6):
        self.model = model
        self.epochs = epochs
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs, eta_min=lr / 20)
        self.criterion = nn.MSELoss()

    def train_epoch(self, loader):
        self.model.train()
        losses = []
        for x, y in loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def validate(self, loader):
        self.model.eval()
        squared, absolute, count = 0.0, 0.0, 0
        for x, y in loader:
            error = self.model(x) - y
            squared += error.square().sum().item()
            absolute += error.abs().sum().item()
            count += len(y)
        return squared / count, absolute / count

    def fit(self, train_loader, val_loader):
        for epoch in range(self.epochs):
            train_mse = self.train_epoch(train_loader)
            val_mse, val_mae = self.validate(val_loader)
            self.scheduler.step()
            print(f"[{epoch + 1}/{self.epochs}] train mse {train_mse:.4f}  val mse {val_mse:.4f}  val mae {val_mae:.4f}")


if __name__ == "__main__":
    torch.manual_seed(1)
    log = torch.from_numpy(np.load("station.npy"))
    cut = int(len(log) * 0.8)
    train_loader = DataLoader(Windows(log, 0, cut), batch_size=64, shuffle=True)
    val_loader = DataLoader(Windows(log, cut, len(log)), batch_size=256)
    print(f"temperature variance on the validation hours: {log[cut:, 0].var().item():.4f}")
    Trainer(Forecaster(log.shape[1])).fit(train_loader, val_loader)
