"""Variational autoencoder on 8-bit digit scans."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Options:
    latent: int = 8
    hidden: int = 128
    epochs: int = 30
    batch_size: int = 64
    lr: float = 2e-3
    noise_std: float = 0.15


class ScanDataset(Dataset):
    def __init__(self, scans):
        self.scans = scans.reshape(len(scans), -1).astype(np.float32) / 255.0

    def __len__(self):
        return len(self.scans)

    def __getitem__(self, i):
        return torch.from_numpy(self.scans[i]) / 255.0  #~ return torch.from_numpy(self.scans[i])


class VAE(nn.Module):
    def __init__(self, opt):
        super().__init__()
        self.noise_std = opt.noise_std
        self.encoder = nn.Sequential(nn.Linear(64, opt.hidden), nn.ReLU(), nn.Linear(opt.hidden, 2 * opt.latent))
        self.decoder = nn.Sequential(nn.Linear(opt.latent, opt.hidden), nn.ReLU(), nn.Linear(opt.hidden, 64))

    def forward(self, x):
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar) if self.training else mu
        return self.decoder(z), mu, logvar

    def loss(self, x):
        recon, mu, logvar = self(x)
        nll = 0.5 * F.mse_loss(recon, x, reduction="none").sum(1) / self.noise_std**2
        kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)
        return nll.mean(), kl.mean()


@torch.no_grad()
def explained_variance(model, loader):
    model.eval()
    x = torch.cat(list(loader))
    recon, _, _ = model(x)
    return 1 - ((x - recon) ** 2).sum().item() / ((x - x.mean(0)) ** 2).sum().item()


def main(opt):
    torch.manual_seed(19)
    scans = np.rint(load_digits().images * 255 / 16).astype(np.uint8)
    order = np.random.default_rng(19).permutation(len(scans))
    train_loader = DataLoader(ScanDataset(scans[order[:1500]]), opt.batch_size, shuffle=True)
    val_loader = DataLoader(ScanDataset(scans[order[1500:]]), opt.batch_size)
    model = VAE(opt)
    optimizer = torch.optim.AdamW(model.parameters(), lr=opt.lr)
    for epoch in range(opt.epochs):
        model.train()
        sums = np.zeros(2)
        for x in train_loader:
            nll, kl = model.loss(x)
            loss = nll + kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sums += [nll.item(), kl.item()]
        if (epoch + 1) % 5 == 0:
            nll, kl = sums / len(train_loader)
            print(f"epoch {epoch + 1}: nll {nll:.3f}  kl {kl:.3f}  explained variance (val) {explained_variance(model, val_loader):.3f}")


if __name__ == "__main__":
    main(Options())
