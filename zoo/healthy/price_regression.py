"""Predict prices (in euros) of used cars from eight standardised features."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(0)
torch.manual_seed(0)

n = 1200
features = rng.normal(size=(n, 8)).astype(np.float32)
weights = rng.normal(size=8)
price = 5000 + 400 * features @ weights + 300 * np.abs(features[:, 0]) + 80 * rng.normal(size=n)
price = price.astype(np.float32)[:, None]

x_train, x_val = torch.from_numpy(features[:1000]), torch.from_numpy(features[1000:])
y_train, y_val = torch.from_numpy(price[:1000]), torch.from_numpy(price[1000:])
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=50, shuffle=True)

model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=150)
loss_fn = nn.MSELoss()

for epoch in range(150):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(xb)
    scheduler.step()
    if epoch % 15 == 0 or epoch == 149:
        model.eval()
        with torch.no_grad():
            val = loss_fn(model(x_val), y_val).item()
        r2 = 1 - val / y_val.var(unbiased=False).item()
        print(f"epoch {epoch:3d} train mse {total / len(x_train):14.1f} val rmse {val ** 0.5:8.1f} R2 {r2:.3f}")
