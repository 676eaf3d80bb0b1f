# Glucose in half an hour from the last four hours of a sensor that reports every five minutes.
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def simulate(n, rng):
    level, meal, insulin = np.zeros(n), 0.0, 0.0
    for t in range(1, n):
        if rng.random() < 0.03:
            meal += rng.uniform(0.6, 1.0)
        insulin += 0.05 * (level[t - 1] - insulin)
        level[t] = level[t - 1] + 0.25 * meal - 0.12 * insulin - 0.03 * level[t - 1] + 0.02 * rng.normal()
        meal *= 0.85
    return level


class Traces(Dataset):
    def __init__(self, values, past=48, ahead=6):
        self.values = torch.tensor(values, dtype=torch.float32)
        self.past, self.ahead = past, ahead

    def __len__(self):
        return len(self.values) - self.past - self.ahead

    def __getitem__(self, i):
        return self.values[i:i + self.past][None], self.values[i + self.past + self.ahead - 1]


class ConvForecaster(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, width, 5, stride=2), nn.ReLU(),
            nn.Conv1d(width, width, 5, stride=2), nn.ReLU(),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Linear(width * 9, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.head(self.body(x)).squeeze(1)


class Runner:
    def __init__(self, seed=0):
        torch.manual_seed(seed)
        values = simulate(2400, np.random.default_rng(seed))
        values = (values - values[:1900].mean()) / values[:1900].std()
        self.train_loader = DataLoader(Traces(values[:1900]), batch_size=50, shuffle=True)
        self.val_loader = DataLoader(Traces(values[1900:]), batch_size=500)
        self.model = ConvForecaster()
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=5e-4, momentum=0.999)  #~ self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=5e-4, momentum=0.9)
        self.loss_fn = nn.MSELoss()

    def train_epoch(self):
        self.model.train()
        losses = []
        for past, future in self.train_loader:
            loss = self.loss_fn(self.model(past), future)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return np.mean(losses)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        past, future = next(iter(self.val_loader))
        prediction = self.model(past)
        return self.loss_fn(prediction, future).item(), (prediction - future).abs().mean().item()


if __name__ == "__main__":
    runner = Runner()
    for epoch in range(10):
        train = runner.train_epoch()
        mse, mae = runner.validate()
        print(f"{epoch + 1:2d}  train mse {train:.4f}  val mse {mse:.4f}  val mae {mae:.4f}")
