"""Sparse convolutional autoencoder that denoises pulse trains (heart-beat like signals)."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pulses(Dataset):
    def __init__(self, n, length, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.arange(length, dtype=torch.float32)
        period = 18 + 14 * torch.rand(n, 1, generator=g)
        phase = ((t + period * torch.rand(n, 1, generator=g)) % period) - 6
        clean = torch.exp(-0.5 * (phase / 1.2) ** 2) - 0.4 * torch.exp(-0.5 * ((phase - 4) / 1.8) ** 2)
        clean = (clean - 0.05) / 0.3
        self.clean = clean.unsqueeze(1)
        self.noisy = self.clean + 0.6 * torch.randn(self.clean.shape, generator=g)

    def __len__(self):
        return len(self.clean)

    def __getitem__(self, i):
        return self.noisy[i], self.clean[i]


class Shrink(nn.Module):
    """One-sided shrinkage with a learned threshold per channel."""

    def __init__(self, channels):
        super().__init__()
        self.theta = nn.Parameter(torch.full((channels, 1), 6.0))  #~ self.theta = nn.Parameter(torch.full((channels, 1), 0.1))

    def forward(self, x):
        return torch.relu(x - self.theta)


class Denoiser(nn.Module):
    def __init__(self, filters=24, width=15):
        super().__init__()
        self.analysis = nn.Conv1d(1, filters, width, padding=width // 2)
        self.shrink = Shrink(filters)
        self.synthesis = nn.Conv1d(filters, 1, width, padding=width // 2)

    def forward(self, x):
        return self.synthesis(self.shrink(self.analysis(x)))


class Trainer:
    def __init__(self, epochs=8, batch_size=32, lr=0.02):
        torch.manual_seed(4)
        self.epochs = epochs
        self.train_loader = DataLoader(Pulses(960, 96, seed=1), batch_size=batch_size, shuffle=True)
        self.val_loader = DataLoader(Pulses(240, 96, seed=2), batch_size=240)
        self.model = Denoiser()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9, nesterov=True)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, epochs)
        self.loss = nn.MSELoss()

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for noisy, clean in self.train_loader:
            loss = self.loss(self.model(noisy), clean)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        self.scheduler.step()
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        return sum(self.loss(self.model(noisy), clean).item() for noisy, clean in self.val_loader) / len(self.val_loader)

    def run(self):
        for epoch in range(self.epochs):
            train, val = self.train_epoch(), self.validate()
            print(f"epoch {epoch}: train {train:.4f}  val {val:.4f}  snr {-10 * math.log10(val):.2f} dB")


Trainer().run()
