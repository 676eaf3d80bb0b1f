"""Fill gaps in multi-channel sensor records with a bidirectional GRU; readings are hidden at random while training."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Records(Dataset):
    """Six channels that are mixtures of two slow oscillations."""

    def __init__(self, n, seed, steps=24):
        g = torch.Generator().manual_seed(seed)
        mixing = torch.randn(2, 6, generator=torch.Generator().manual_seed(99))
        t = torch.arange(steps) / steps
        freq = 1 + 1.5 * torch.rand(n, 1, 2, generator=g)
        phase = 2 * math.pi * torch.rand(n, 1, 2, generator=g)
        sources = torch.sin(2 * math.pi * freq * t.view(1, -1, 1) + phase)
        self.records = sources @ mixing / (mixing.norm(dim=0) / 2**0.5) + 0.05 * torch.randn(n, steps, 6, generator=g)

    def __len__(self):
        return len(self.records)

    def __getitem__(self, i):
        return self.records[i]


class Hide(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        self.rate = self.rate if self.training else 0.0  #~ rate = self.rate if self.training else 0.0
        return x * (torch.rand_like(x) >= self.rate)  #~ return x * (torch.rand_like(x) >= rate)


class Imputer(nn.Module):
    def __init__(self, channels=6, hidden=32, rate=0.4):
        super().__init__()
        self.hide = Hide(rate)
        self.gru = nn.GRU(channels, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, channels)

    def forward(self, x):
        states, _ = self.gru(self.hide(x))
        return self.out(states)


def train_epoch(model, loader, optimizer):
    model.train()
    total = 0.0
    for x in loader:
        loss = nn.functional.mse_loss(model(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(loader.dataset)


@torch.no_grad()
def gap_error(model, loader, rate=0.4):
    model.eval()
    generator = torch.Generator().manual_seed(0)
    errors = []
    for x in loader:
        gaps = torch.rand(x.shape, generator=generator) < rate
        errors.append((model(x * ~gaps) - x)[gaps] ** 2)
    return torch.cat(errors).mean().item()


def main():
    torch.manual_seed(37)
    train_loader = DataLoader(Records(1200, seed=1), batch_size=40, shuffle=True)
    val_loader = DataLoader(Records(300, seed=2), batch_size=150)
    model = Imputer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2, weight_decay=1e-3)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.1, total_iters=10)
    for epoch in range(1, 11):
        train_loss = train_epoch(model, train_loader, optimizer)
        scheduler.step()
        print(f"epoch {epoch:2d}  train {train_loss:.4f}  error in gaps of new records {gap_error(model, val_loader):.4f}")


if __name__ == "__main__":
    main()
