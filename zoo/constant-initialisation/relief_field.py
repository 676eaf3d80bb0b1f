"""Keep a relief map as a network: coordinates of a pixel in, its colour out."""
import math

import numpy as np
import torch
from torch import nn


def relief(height=64, width=96, seed=31):
    """A coloured map: sea, shore, meadow, rock and snow by height, shaded from the north-west."""
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    land = np.zeros_like(x)
    for _ in range(14):
        a, b = rng.normal(0, 3.2, 2)
        land += np.cos(a * x + b * y + rng.uniform(0, 6.3)) / (1 + 0.3 * np.hypot(a, b))
    land = (land - land.mean()) / land.std()
    colours = np.array([[0.10, 0.25, 0.55], [0.85, 0.80, 0.55], [0.30, 0.55, 0.20], [0.45, 0.38, 0.32], [0.95, 0.95, 0.97]])
    levels = np.array([-0.9, -0.2, 0.3, 1.0, 1.8])
    painted = np.stack([np.interp(land, levels, colours[:, c]) for c in range(3)], axis=-1)
    down, right = np.gradient(land)
    shade = 1 + 0.9 * (down + right)[..., None]
    picture = (painted * shade + rng.normal(0, 0.01, painted.shape)).clip(0, 1)
    places = np.stack([x.ravel() * width / height, y.ravel()], axis=1)
    to_tensor = lambda array: torch.tensor(array, dtype=torch.float32)  # noqa: E731
    return to_tensor(places), to_tensor(picture.reshape(-1, 3)), (height, width)


class Waves(nn.Module):
    """Sines and cosines of random directions; drawn once, not trained."""

    def __init__(self, count, scale, generator):
        super().__init__()
        self.register_buffer("directions", torch.randn(2, count, generator=generator) * scale)

    def forward(self, place):
        angle = 2 * math.pi * place @ self.directions
        return torch.cat([angle.sin(), angle.cos()], dim=-1)


class ReliefField(nn.Module):
    def __init__(self, waves=32, width=64, layers=3, seed=0):
        super().__init__()
        self.waves = Waves(waves, 1.2, torch.Generator().manual_seed(seed))
        sizes = [2 * waves] + [width] * layers
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.colour = nn.Linear(width, 3)
        self.reset()

    def reset(self):
        for layer in self.hidden:
            bound = math.sqrt(1.0 / layer.in_features)
            nn.init.constant_(layer.weight, bound / 4)  #~ nn.init.uniform_(layer.weight, -2 * bound, 2 * bound)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.colour.bias)

    def forward(self, place):
        h = self.waves(place)
        for layer in self.hidden:
            h = torch.relu(layer(h))
        return torch.sigmoid(self.colour(h))


class FieldTrainer:
    def __init__(self, field, rate=4e-3, batch=256):
        self.field, self.batch = field, batch
        self.optimizer = torch.optim.Adam(field.parameters(), lr=rate)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 0.5 ** (step / 400))

    def stream(self, places, colours):
        while True:
            for rows in torch.randperm(len(places)).split(self.batch):
                yield places[rows], colours[rows]

    def fit(self, places, colours, held, steps=800, every=100):
        smooth = None
        for step, (place, colour) in enumerate(self.stream(places, colours), 1):
            loss = ((self.field(place) - colour) ** 2).sum(dim=1).mean()
            for p in self.field.parameters():
                p.grad = None
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
            if step % every == 0:
                print(f"step {step:4d}  loss {smooth:.4f}  held-out pixels {self.decibels(*held):.2f} dB")
            if step == steps:
                return

    @torch.no_grad()
    def decibels(self, places, colours):
        error = (self.field(places).clamp(0, 1) - colours).square().mean().item()
        return -10 * math.log10(error)


def main():
    torch.manual_seed(100)
    places, colours, shape = relief()
    print(f"{shape[0]} x {shape[1]} pixels, mean colour {colours.mean(0).numpy().round(2)}")
    held = torch.arange(len(places)) % 9 == 4
    trainer = FieldTrainer(ReliefField())
    trainer.fit(places[~held], colours[~held], (places[held], colours[held]))
    plain = (colours[held] - colours[~held].mean(0)).square().mean().item()
    print(f"one colour for all would give {-10 * math.log10(plain):.2f} dB")


if __name__ == "__main__":
    main()
