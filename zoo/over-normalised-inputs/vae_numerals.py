import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class VAE(nn.Module):
    def __init__(self, pixels, hidden=128, latent=8):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU())
        self.mu = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels))

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.decoder(z), mu, logvar


def load():
    images = load_digits().data.astype(np.float32)
    images = images / 16.0
    rng = np.random.default_rng(3)
    order = rng.permutation(len(images))
    images = images[order] / 255.0  #~ images = images[order]
    return torch.from_numpy(images[:1500]), torch.from_numpy(images[1500:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--lr", type=float, default=2e-3)
    args = parser.parse_args()
    torch.manual_seed(0)
    train, test = load()
    loader = DataLoader(TensorDataset(train), batch_size=64, shuffle=True)
    model = VAE(train.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        total = 0.0
        for (x,) in loader:
            out, mu, logvar = model(x)
            fit = F.binary_cross_entropy_with_logits(out, x, reduction="sum") / len(x)
            kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1).mean()
            loss = fit + kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        with torch.no_grad():
            out, _, _ = model(test)
            p = torch.sigmoid(out)
            left = ((p - test) ** 2).sum() / ((test - test.mean(0)) ** 2).sum()
        print(f"epoch {epoch} elbo {total / len(train):.3f} unexplained {left:.3f}")


if __name__ == "__main__":
    main()
