"""Tomorrow's mean temperature from two weeks of weather with an LSTM."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Weather(Dataset):
    def __init__(self, days, seed, history=14):
        g = torch.Generator().manual_seed(seed)
        noise = torch.randn(days, generator=g)
        wind = torch.randn(days, generator=g).abs()
        deviation = torch.zeros(days)
        for d in range(1, days):
            deviation[d] = 0.85 * deviation[d - 1] - 0.3 * (wind[d - 1] - 0.8) + 0.25 * noise[d]
        season = torch.sin(2 * math.pi * torch.arange(days) / 365)
        temperature = 1.2 * season + deviation
        self.features = torch.stack([temperature, wind - 0.8, season], dim=1)
        self.temperature = temperature
        self.history = history

    def __len__(self):
        return len(self.temperature) - self.history

    def __getitem__(self, i):
        return self.features[i:i + self.history], self.temperature[i + self.history]


class TemperatureModel(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.lstm = nn.LSTM(3, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1]).squeeze(-1)


class Trainer:
    def __init__(self, model, lr, max_norm):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.criterion = nn.MSELoss()
        self.max_norm = max_norm

    def train_epoch(self, loader):
        self.model.train()
        total, norms = 0.0, []
        for x, y in loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm).item())
            self.optimizer.step()
            total += loss.item() * len(y)
        return total / len(loader.dataset), sum(norms) / len(norms)

    @torch.no_grad()
    def validate(self, loader):
        self.model.eval()
        return sum(self.criterion(self.model(x), y).item() * len(y) for x, y in loader) / len(loader.dataset)


def main():
    torch.manual_seed(0)
    train_loader = DataLoader(Weather(2500, seed=1), batch_size=64, shuffle=True)
    val_loader = DataLoader(Weather(800, seed=2), batch_size=400)
    trainer = Trainer(TemperatureModel(), lr=0.05, max_norm=1e-3)  #~ trainer = Trainer(TemperatureModel(), lr=0.05, max_norm=1.0)
    for epoch in range(8):
        train_loss, norm = trainer.train_epoch(train_loader)
        print(f"epoch {epoch + 1}: train {train_loss:.4f}  val {trainer.validate(val_loader):.4f}  grad norm {norm:.3f}")


if __name__ == "__main__":
    main()
