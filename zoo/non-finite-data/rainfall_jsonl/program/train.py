"""Log of the daily rain from six readings of the evening before."""

import json

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

READINGS = ("pressure", "humidity", "wind_u", "wind_v", "cloud", "dewpoint")


class Days(Dataset):
    def __init__(self, path="days.jsonl"):
        with open(path) as f:
            self.days = [json.loads(line) for line in f]

    def __len__(self):
        return len(self.days)

    def __getitem__(self, i):
        day = self.days[i]
        return torch.tensor([day[name] for name in READINGS]), torch.tensor([day["log_rain"]])


class Rain(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(len(READINGS), width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, 1),
        )

    def forward(self, x):
        return self.net(x)


class Trainer:
    def __init__(self, lr=4e-3, batch_size=28):
        torch.manual_seed(6)
        days = Days()
        rows = torch.randperm(len(days)).tolist()
        held = len(days) // 5
        self.val = DataLoader(torch.utils.data.Subset(days, rows[:held]), batch_size=held)
        self.train = DataLoader(torch.utils.data.Subset(days, rows[held:]), batch_size=batch_size, shuffle=True)
        self.model = Rain()
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr)

    def epoch(self):
        self.model.train()
        total = 0.0
        for x, y in self.train:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        errors, targets = [], []
        for x, y in self.val:
            errors.append((self.model(x) - y).abs())
            targets.append(y)
        return torch.cat(errors).mean().item(), torch.cat(targets).std().item()


def main():
    trainer = Trainer()
    for epoch in range(1, 13):
        loss = trainer.epoch()
        error, spread = trainer.validate()
        if epoch % 2 == 0:
            print(f"epoch {epoch:2d}  loss {loss:.4f}  validation error {error:.3f} (targets spread {spread:.3f})")


if __name__ == "__main__":
    main()
