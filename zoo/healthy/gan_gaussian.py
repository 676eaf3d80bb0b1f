"""Tiny GAN: learn to sample from a 2-D Gaussian."""
import torch
import torch.nn as nn

torch.manual_seed(0)

LATENT = 4
BATCH = 128
STEPS = 1500

mean = torch.tensor([2.0, 1.0])
scale = torch.tensor([[0.6, 0.0], [0.3, 0.5]])


def sample_real(n):
    return mean + torch.randn(n, 2) @ scale.T


generator = nn.Sequential(nn.Linear(LATENT, 32), nn.ReLU(), nn.Linear(32, 2))
discriminator = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))

opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(discriminator.parameters(), lr=3e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
ones = torch.ones(BATCH, 1)
zeros = torch.zeros(BATCH, 1)

for step in range(1, STEPS + 1):
    real = sample_real(BATCH)
    fake = generator(torch.randn(BATCH, LATENT))

    opt_d.zero_grad()
    d_loss = bce(discriminator(real), ones) + bce(discriminator(fake.detach()), zeros)
    d_loss.backward()
    opt_d.step()

    opt_g.zero_grad()
    g_loss = bce(discriminator(fake), ones)
    g_loss.backward()
    opt_g.step()

    if step % 250 == 0:
        with torch.no_grad():
            m = generator(torch.randn(2000, LATENT)).mean(0)
        print(f"step {step:5d}  D {d_loss.item():.3f}  G {g_loss.item():.3f}  fake mean ({m[0]:.2f}, {m[1]:.2f})")

generator.eval()
with torch.no_grad():
    out = generator(torch.randn(5000, LATENT))
real = sample_real(5000)
print("real mean", real.mean(0).tolist(), "std", real.std(0).tolist())
print("fake mean", out.mean(0).tolist(), "std", out.std(0).tolist())
