import torch
from torch import nn
from torch.utils.data import DataLoader
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

torch.manual_seed(0)
data = load_digits()
X = torch.tensor(data.data, dtype=torch.float32) / 16.0
y = data.target
perm = torch.randperm(len(X))
train_idx, val_idx = perm[:1400], perm[1400:]


class AE(nn.Module):
    """Maps each digit to a point in the plane, for plotting."""

    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, 128), nn.LeakyReLU(), nn.Linear(128, 32), nn.LeakyReLU(), nn.Linear(32, 2))
        self.dec = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(), nn.Linear(32, 128), nn.LeakyReLU(), nn.Linear(128, 64))

    def forward(self, x):
        z = self.enc(x)
        return self.dec(z), z


ae = AE()
mse = nn.MSELoss()
optimizer = torch.optim.Adam(ae.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=4)
loader = DataLoader(X[train_idx], batch_size=50, shuffle=True)

for epoch in range(40):
    ae.train()
    total = 0.0
    for x in loader:
        recon, _ = ae(x)
        loss = mse(recon, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    ae.eval()
    with torch.no_grad():
        val = mse(ae(X[val_idx])[0], X[val_idx]).item()
    scheduler.step(val)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:2d} train {total / len(train_idx):.5f} val {val:.5f} lr {optimizer.param_groups[0]['lr']:.1e}")

ae.eval()
with torch.no_grad():
    codes = ae(X)[1].numpy()
knn = KNeighborsClassifier(5).fit(codes[train_idx], y[train_idx.numpy()])
print("variance of the pixels:", X[val_idx].var(0).mean().item())
print("5-nn accuracy on the two coordinates:", knn.score(codes[val_idx], y[val_idx.numpy()]))
