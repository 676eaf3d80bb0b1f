"""Yearly heating demand of buildings: survey table on one side, meter readings on the other, joined by building id."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(12)
torch.manual_seed(12)

n = 1800
building = rng.permutation(np.arange(10_000, 10_000 + n))
area = rng.gamma(6.0, 25.0, n)
storeys = rng.integers(1, 7, n)
year = rng.integers(1900, 2020, n)
glazing = rng.uniform(0.1, 0.6, n)
u_value = 1.6 - 0.009 * (year - 1900) + 0.1 * rng.standard_normal(n)
survey = np.column_stack([area, storeys, year, glazing, u_value])
demand = area * (40 + 60 * u_value * (1 + glazing)) / np.sqrt(storeys) * np.exp(0.05 * rng.standard_normal(n))
readings = np.column_stack([building, demand])[rng.permutation(n)]

order = np.argsort(building)
features = survey[order]
target = np.log(readings[:, 1])  #~ target = np.log(readings[np.argsort(readings[:, 0]), 1])
print(f"{len(features)} buildings, {features.shape[1]} columns, log demand {target.mean():.2f} +- {target.std():.2f}")

split = rng.permutation(n)
train, val = split[:1400], split[1400:]
features = (features - features[train].mean(axis=0)) / features[train].std(axis=0)
target = (target - target[train].mean()) / target[train].std()
X = torch.tensor(features, dtype=torch.float32)
y = torch.tensor(target, dtype=torch.float32).unsqueeze(1)

model = nn.Sequential(nn.Linear(5, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1))
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
loss_fn = nn.MSELoss()

for epoch in range(20):
    model.train()
    order = rng.permutation(train)
    total = 0.0
    for start in range(0, len(order), 40):
        rows = order[start : start + 40]
        loss = loss_fn(model(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    scheduler.step()
    if epoch % 3 == 0 or epoch == 19:
        model.eval()
        with torch.no_grad():
            error = loss_fn(model(X[val]), y[val]).item()
        print(f"epoch {epoch + 1:2d}  train mse {total / len(train):.4f}  val mse {error:.4f}")
