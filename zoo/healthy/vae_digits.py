import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class VAE(nn.Module):
    def __init__(self, latent=8):
        super().__init__()
        self.fc1 = nn.Linear(64, 96)
        self.fc_mu = nn.Linear(96, latent)
        self.fc_logvar = nn.Linear(96, latent)
        self.fc3 = nn.Linear(latent, 96)
        self.fc4 = nn.Linear(96, 64)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def elbo_terms(recon, x, mu, logvar):
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce, kld


def main():
    torch.manual_seed(0)
    X = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    train, val = train_test_split(X, test_size=300, random_state=0)
    loader = DataLoader(train, batch_size=32, shuffle=True)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, 41):
        model.train()
        bce_sum = kld_sum = 0.0
        for x in loader:
            recon, mu, logvar = model(x)
            bce, kld = elbo_terms(recon, x, mu, logvar)
            loss = bce + kld
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            bce_sum += bce.item()
            kld_sum += kld.item()
        if epoch % 5 == 0:
            model.eval()
            with torch.no_grad():
                mu, logvar = model.encode(val)
                recon = model.decode(mu)
                bce, kld = elbo_terms(recon, val, mu, logvar)
            print(f"epoch {epoch:2d} train bce {bce_sum / len(train):.3f} kl {kld_sum / len(train):.3f} | "
                  f"val bce {bce.item() / len(val):.3f} kl {kld.item() / len(val):.3f} mse {F.mse_loss(recon, val).item():.4f}")


if __name__ == "__main__":
    main()
