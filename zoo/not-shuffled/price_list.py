import numpy as np
import torch
from torch import nn

torch.manual_seed(33)
rng = np.random.default_rng(33)

# the agency's price list
n = 2400
area = rng.gamma(9.0, 9.0, n) + 15
rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.6, n)), 1, 8)
distance = rng.gamma(2.0, 3.0, n)
age = rng.uniform(0, 90, n)
floor = rng.integers(0, 9, n)
price = area * 42 * np.exp(-0.07 * distance) * (1 - 0.003 * age) + 180 * rooms + 25 * floor + rng.normal(0, 60, n)
listing = np.column_stack([area, rooms, distance, age, floor, price])
listing = listing[listing[:, -1].argsort()]

held_out = np.zeros(n, dtype=bool)
held_out[rng.choice(n, 400, replace=False)] = True
mu, sd = listing[~held_out].mean(axis=0), listing[~held_out].std(axis=0)
table = torch.tensor((listing - mu) / sd, dtype=torch.float32)
x, y = table[~torch.from_numpy(held_out), :5], table[~torch.from_numpy(held_out), 5:]
x_val, y_val = table[torch.from_numpy(held_out), :5], table[torch.from_numpy(held_out), 5:]
print(f"{len(x)} offers to train on, {len(x_val)} held out, mean price {mu[-1]:.0f} thousand")

net = nn.Sequential(nn.Linear(5, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))
huber = nn.HuberLoss()
sgd = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4)

batch = 50
for epoch in range(12):
    net.train()
    order = torch.arange(len(x))  #~ order = torch.randperm(len(x))
    losses = []
    for start in range(0, len(x), batch):
        rows = order[start : start + batch]
        loss = huber(net(x[rows]), y[rows])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    if epoch == 8:
        sgd.param_groups[0]["lr"] *= 0.2

    net.eval()
    with torch.no_grad():
        guess = net(x_val)
        val = huber(guess, y_val).item()
        off = (guess - y_val).abs().mean().item() * sd[-1]
    print(f"epoch {epoch + 1:2d}  train {np.mean(losses):.4f}  val {val:.4f}  mean error {off:.0f} thousand")
