"""Tomorrow's river level from the last thirty days of rain and level."""
import numpy as np
import torch
from torch import nn


def simulate(days, seed):
    rng = np.random.default_rng(seed)
    rain = rng.gamma(0.4, 3.0, days) * (rng.random(days) < 0.5)
    level = np.zeros(days)
    soil = 0.0
    for d in range(1, days):
        soil = 0.85 * soil + 0.3 * rain[d - 1]
        level[d] = 0.7 * level[d - 1] + 0.25 * soil + 0.05 * rain[d - 1] + 0.05 * rng.normal()
    return np.stack([rain, level], axis=1).astype(np.float32)


class LevelModel(nn.Module):
    def __init__(self, inputs=2, hidden=24):
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, batch_first=True)
        self.readout = nn.Sequential(nn.Linear(hidden, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        _, h = self.gru(x)
        return self.readout(h[-1]).squeeze(1)


class Trainer:
    def __init__(self, history=30, batch_size=50, lr=5e-3):
        data = simulate(2000, seed=0)
        mean, std = data[:1600].mean(0), data[:1600].std(0)
        data = torch.from_numpy((data - mean) / std)
        windows = data.unfold(0, history, 1).transpose(1, 2)[:-1]
        targets = data[history:, 1]
        self.x_train, self.y_train = windows[:1550], targets[:1550]
        self.x_val, self.y_val = windows[1600:], targets[1600:]
        self.batch_size = batch_size
        self.model = LevelModel()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.loss_fn = nn.MSELoss()

    def train_batch(self, x, y):
        loss = self.loss_fn(self.model(x), y)
        loss.backward()  #~ self.optimizer.zero_grad(); loss.backward()
        self.optimizer.step()
        return loss.item()

    def train_epoch(self):
        self.model.train()
        order = torch.randperm(len(self.x_train))
        total = 0.0
        for idx in order.split(self.batch_size):
            total += self.train_batch(self.x_train[idx], self.y_train[idx]) * len(idx)
        return total / len(order)

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            return self.loss_fn(self.model(self.x_val), self.y_val).item()

    def fit(self, epochs):
        best = float("inf")
        for epoch in range(epochs):
            train_loss, val_loss = self.train_epoch(), self.validate()
            best = min(best, val_loss)
            print(f"epoch {epoch + 1:2d}  train {train_loss:.4f}  val {val_loss:.4f}  best {best:.4f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    Trainer().fit(epochs=10)
