import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader


class VectorQuantizer(nn.Module):
    def __init__(self, codes, dim, beta=0.25):
        super().__init__()
        self.codebook = nn.Embedding(codes, dim)
        self.codebook.weight.data.uniform_(-0.5, 0.5)
        self.beta = beta

    def forward(self, z):
        flat = z.reshape(-1, z.shape[-1])
        index = torch.cdist(flat.detach(), self.codebook.weight.detach()).argmin(dim=1)
        quantized = self.codebook(index).view_as(z)
        codebook_loss = F.mse_loss(quantized, z.detach())
        commitment = F.mse_loss(z, quantized.detach())
        quantized = z + (quantized - z).detach()
        return quantized, codebook_loss + self.beta * commitment, index


class VQVAE(nn.Module):
    """Eight discrete tokens from a codebook of 32 describe each image."""

    def __init__(self, slots=8, dim=8, codes=32):
        super().__init__()
        self.slots, self.dim = slots, dim
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, slots * dim))
        self.quantizer = VectorQuantizer(codes, dim)
        self.decoder = nn.Sequential(nn.Linear(slots * dim, 128), nn.ReLU(), nn.Linear(128, 64))

    def forward(self, x):
        z = self.encoder(x).view(-1, self.slots, self.dim)
        q, vq_loss, index = self.quantizer(z)
        return self.decoder(q.flatten(1)), vq_loss, index


torch.manual_seed(0)
X = torch.tensor(load_digits().data, dtype=torch.float32) / 16
X = X[torch.randperm(len(X))]
train, val = X[:1500], X[1500:]
loader = DataLoader(train, batch_size=50, shuffle=True)
model = VQVAE()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 31):
    model.train()
    rec_sum = vq_sum = 0.0
    for x in loader:
        recon, vq_loss, _ = model(x)
        rec = F.mse_loss(recon, x)
        loss = rec + vq_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rec_sum += rec.item()
        vq_sum += vq_loss.item()
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            recon, _, index = model(val)
        print(f"epoch {epoch:2d} recon {rec_sum / len(loader):.5f} vq {vq_sum / len(loader):.5f} "
              f"val mse {F.mse_loss(recon, val).item():.5f} codes in use {index.unique().numel()}")
print("pixel variance:", val.var(0).mean().item())
