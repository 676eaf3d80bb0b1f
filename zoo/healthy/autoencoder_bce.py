import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from sklearn.datasets import load_digits

torch.manual_seed(0)
pixels = torch.tensor(load_digits().data, dtype=torch.float32) / 16
pixels = pixels[torch.randperm(len(pixels))]
train, held_out = pixels[:1500], pixels[1500:]


class AutoEncoder(nn.Module):
    def __init__(self, code=32):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, code))
        self.decoder = nn.Sequential(nn.Linear(code, 96), nn.ReLU(), nn.Linear(96, 64), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


model = AutoEncoder()
criterion = nn.BCELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3)
loader = DataLoader(train, batch_size=32, shuffle=True)

for epoch in range(50):
    model.train()
    running = 0.0
    for x in loader:
        recon = model(x)
        loss = criterion(recon, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(x)
    if epoch % 10 == 9:
        model.eval()
        with torch.no_grad():
            recon = model(held_out)
            print(f"epoch {epoch + 1}: train bce {running / len(train):.4f}, held-out bce {criterion(recon, held_out).item():.4f}, "
                  f"held-out mse {F.mse_loss(recon, held_out).item():.5f} (pixel variance {held_out.var(0).mean().item():.5f})")
