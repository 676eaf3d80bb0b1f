"""Predict hourly bike rentals from a weather export."""
import io

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

COLUMNS = {"temperature": (12.0, 9.0), "humidity": (60.0, 20.0), "wind": (4.0, 2.5), "hour": (11.5, 7.0), "holiday": (0.0, 1.0)}


def export(n, seed):
    rng = np.random.default_rng(seed)
    temperature, humidity = rng.normal(12, 9, n), rng.uniform(25, 95, n)
    wind, hour, holiday = rng.gamma(2.5, 1.6, n), rng.integers(0, 24, n), rng.random(n) < 0.15
    commute = np.exp(-0.5 * ((hour - 8) / 1.5) ** 2) + 1.2 * np.exp(-0.5 * ((hour - 17.5) / 2) ** 2)
    leisure = np.exp(-0.5 * ((hour - 14) / 3.5) ** 2)
    demand = 3 + np.where(holiday, 1.3 * leisure, commute + 0.4 * leisure) + 0.05 * temperature - 0.006 * humidity - 0.05 * wind
    rows = [
        f"{t:.1f},{h:.0f},{w:.1f},{o:d},{d:d},{y:.3f}"
        for t, h, w, o, d, y in zip(temperature, humidity, wind, hour, holiday.astype(int), demand + rng.normal(0, 0.1, n))
    ]
    cells = rows[2230].split(",")
    rows[2230] = ",".join([cells[0], "", *cells[2:]])
    return "\n".join(rows)


def load(text):
    table = np.genfromtxt(io.StringIO(text), delimiter=",")
    table = table.reshape(-1, len(COLUMNS) + 1)  #~ table = table[~np.isnan(table).any(axis=1)]
    offset, scale = np.array(list(COLUMNS.values())).T
    x = torch.tensor((table[:, :-1] - offset) / scale, dtype=torch.float32)
    y = torch.tensor(table[:, -1:] - 3.5, dtype=torch.float32)
    return TensorDataset(x, y)


def epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total, n = 0.0, 0
    for x, y in loader:
        with torch.set_grad_enabled(optimizer is not None):
            loss = criterion(model(x), y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


def main():
    torch.manual_seed(50)
    data = load(export(4000, seed=50))
    train_set = torch.utils.data.Subset(data, range(3200))
    val_set = torch.utils.data.Subset(data, range(3200, len(data)))
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=400)
    model = nn.Sequential(nn.Linear(5, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8)
    criterion = nn.MSELoss()
    for number in range(1, 9):
        train_loss = epoch(model, train_loader, criterion, optimizer)
        val_loss = epoch(model, val_loader, criterion)
        scheduler.step()
        print(f"epoch {number}: train mse {train_loss:.4f}, val mse {val_loss:.4f}")


if __name__ == "__main__":
    main()
