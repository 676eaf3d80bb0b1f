"""Moisture of grain from near-infrared spectra, a small transformer over wavelength patches."""
import copy
import csv
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

HERE = Path(__file__).parent
PATCH = 8


def load_samples():
    spectra = np.load(HERE / "spectra.npy")
    with open(HERE / "assay.csv") as handle:
        moisture = [float(row["moisture"]) for row in csv.DictReader(handle)]
    spectra = (spectra - spectra.mean(axis=0)) / spectra.std(axis=0)
    return torch.tensor(spectra, dtype=torch.float32), torch.tensor(moisture, dtype=torch.float32)


class SpectrumTransformer(nn.Module):
    def __init__(self, length, dim=32, heads=4, depth=2):
        super().__init__()
        self.embed = nn.Linear(PATCH, dim)
        self.place = nn.Parameter(0.1 * torch.randn(length // PATCH, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.out = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 1))

    def forward(self, x):
        tokens = self.embed(x.unflatten(1, (-1, PATCH))) + self.place
        return self.out(self.encoder(tokens).mean(1)).squeeze(1)


def score(model, loader, scale):
    model.eval()
    errors = []
    with torch.no_grad():
        for x, y in loader:
            errors.append(model(x) - y)
    return torch.cat(errors).pow(2).mean().sqrt().item() * scale


def train(epochs=12, patience=12, warmup=30):
    torch.manual_seed(31)
    x, y = load_samples()
    centre, scale = y.mean().item(), y.std().item()
    y = (y - centre) / scale
    fit, held = random_split(TensorDataset(x, y), [0.8, 0.2])
    fit_loader = DataLoader(fit, batch_size=32, shuffle=True)
    held_loader = DataLoader(held, batch_size=128)

    model = SpectrumTransformer(x.shape[1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup))
    loss_fn = nn.SmoothL1Loss(beta=0.5)
    best, best_weights, waited = float("inf"), None, 0
    print(f"moisture {centre:.2f} +- {scale:.2f} %")
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in fit_loader:
            loss = loss_fn(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        rmse = score(model, held_loader, scale)
        print(f"epoch {epoch + 1:2d}  loss {total / len(fit_loader):.4f}  held-out RMSE {rmse:.3f} %")
        if rmse < best:
            best, best_weights, waited = rmse, copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited >= patience:
                break
    model.load_state_dict(best_weights)
    print(f"best RMSE {best:.3f} %, again {score(model, held_loader, scale):.3f} %")


if __name__ == "__main__":
    train()
