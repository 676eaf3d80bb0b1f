import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class VAE(nn.Module):
    def __init__(self, latent=8, hidden=128):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, hidden), nn.ReLU())
        self.mu = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 64))

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar) if self.training else mu
        return self.decoder(z), mu, logvar


def negative_elbo(output, x):
    recon, mu, logvar = output
    rec = F.binary_cross_entropy_with_logits(recon, x, reduction="none").sum(dim=1)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(dim=1)
    return rec, kl


def train_epoch(model, loader, optimizer):
    model.train()
    total = 0.0
    for (x,) in loader:
        optimizer.zero_grad()
        rec, kl = negative_elbo(model(x), x)
        loss = rec + kl  #~ loss = (rec + kl).mean()
        loss.backward()
        optimizer.step()
        total += (rec + kl).sum().item()
    return total / len(loader.dataset)


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    rec_sum = kl_sum = 0.0
    for (x,) in loader:
        rec, kl = negative_elbo(model(x), x)
        rec_sum += rec.sum().item()
        kl_sum += kl.sum().item()
    return rec_sum / len(loader.dataset), kl_sum / len(loader.dataset)


def main(argv=None):
    parser = argparse.ArgumentParser(description="variational autoencoder on 8x8 digits")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--latent", type=int, default=8)
    parser.add_argument("--lr", type=float, default=2e-3)
    cfg = parser.parse_args(argv)
    torch.manual_seed(0)

    images = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
    train_set, val_set = random_split(TensorDataset(images), [1500, len(images) - 1500])
    train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=100)
    model = VAE(cfg.latent)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        train_loss = train_epoch(model, train_loader, optimizer)
        rec, kl = evaluate(model, val_loader)
        if epoch % 4 == 3:
            print(f"epoch {epoch + 1}: train -elbo {train_loss:.2f}, val rec {rec:.2f}, val kl {kl:.2f}")


if __name__ == "__main__":
    main()
