# Hourly load forecast: 48 hours in, the next hour out.
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(7)


def make_series(n=2200):
    t = torch.arange(n, dtype=torch.float32)
    daily = torch.sin(2 * math.pi * t / 24)
    weekly = 0.5 * torch.sin(2 * math.pi * t / 168 + 1.0)
    return daily + weekly + 0.1 * torch.randn(n)


class Windows(Dataset):
    def __init__(self, series, length=48):
        self.series, self.length = series, length

    def __len__(self):
        return len(self.series) - self.length

    def __getitem__(self, i):
        return self.series[i:i + self.length].unsqueeze(1), self.series[i + self.length]


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.encoder = nn.LSTM(1, hidden, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.decoder = nn.LSTM(hidden, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        h, _ = self.encoder(x)
        h = self.norm(h[:, -1])  #~ h = self.norm(h)
        h, _ = self.decoder(h)
        return self.head(h[:, -1]).squeeze(-1)


series = make_series()
series = (series - series[:1800].mean()) / series[:1800].std()
train_dl = DataLoader(Windows(series[:1800]), batch_size=64, shuffle=True, drop_last=True)
val_dl = DataLoader(Windows(series[1800:]), batch_size=128)

model = Forecaster()
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3)
criterion = nn.MSELoss()

for epoch in range(5):
    model.train()
    losses = []
    for x, y in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        val = sum(criterion(model(x), y).item() * len(y) for x, y in val_dl) / len(val_dl.dataset)
    print(f"epoch {epoch}  train mse {sum(losses) / len(losses):.4f}  val mse {val:.4f}")
