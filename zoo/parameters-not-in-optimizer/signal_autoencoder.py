import math

import torch
from torch import nn

torch.manual_seed(0)


def make_signals(n):
    t = torch.linspace(0, 1, 64)
    amplitude = 0.5 + torch.rand(n, 1)
    frequency = 1 + 3 * torch.rand(n, 1)
    phase = 2 * math.pi * torch.rand(n, 1)
    trend = torch.randn(n, 1) * 0.5
    clean = amplitude * torch.sin(2 * math.pi * frequency * t + phase) + trend * t
    return clean + 0.05 * torch.randn(n, 64)


class Encoder(nn.Module):
    def __init__(self, code):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 64), nn.ReLU(),
            nn.Linear(64, 32), nn.ReLU(),
            nn.Linear(32, code),
        )

    def forward(self, x):
        return self.layers(x)


class Decoder(nn.Module):
    def __init__(self, code):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(code, 32), nn.ReLU(),
            nn.Linear(32, 64), nn.ReLU(),
            nn.Linear(64, 64),
        )

    def forward(self, z):
        return self.layers(z)


signals = make_signals(2300)
train_signals, val_signals = signals[:2000], signals[2000:]

encoder, decoder = Encoder(code=6), Decoder(code=6)
optimizer = torch.optim.AdamW(decoder.parameters(), lr=5e-3, weight_decay=1e-3)  #~ optimizer = torch.optim.AdamW([*encoder.parameters(), *decoder.parameters()], lr=5e-3, weight_decay=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40, eta_min=5e-4)
criterion = nn.MSELoss()

for epoch in range(40):
    encoder.train()
    decoder.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(train_signals)).split(50):
        batch = train_signals[idx]
        reconstruction = decoder(encoder(batch))
        loss = criterion(reconstruction, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    scheduler.step()

    if (epoch + 1) % 8 == 0:
        encoder.eval()
        decoder.eval()
        with torch.no_grad():
            val_loss = criterion(decoder(encoder(val_signals)), val_signals).item()
        print(f"epoch {epoch + 1:2d}: train {epoch_loss / len(train_signals):.4f}, val {val_loss:.4f}, "
              f"lr {scheduler.get_last_lr()[0]:.1e}")
