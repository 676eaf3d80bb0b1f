# Yield of the plant from its eight settings.
import os

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

here = os.path.dirname(os.path.abspath(__file__))
settings = np.loadtxt(os.path.join(here, "settings.csv"), delimiter=",", skiprows=1)
yields = np.loadtxt(os.path.join(here, "yields.csv"), skiprows=1)
assert len(settings) == len(yields)

rng = np.random.default_rng(0)
index = rng.permutation(len(settings))
test_rows, train_rows = index[:320], index[320:]

# scale with the numbers of the training rows
x_mean, x_std = settings[train_rows].mean(axis=0), settings[train_rows].std(axis=0)
y_mean, y_std = yields[train_rows].mean(), yields[train_rows].std()
x = torch.tensor((settings - x_mean) / x_std, dtype=torch.float32)
y = torch.tensor((yields - y_mean) / y_std, dtype=torch.float32).unsqueeze(1)

torch.manual_seed(0)
loader = DataLoader(TensorDataset(x[train_rows], y[train_rows]), batch_size=32, shuffle=True)

net = nn.Sequential(
    nn.Linear(8, 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
loss_fn = nn.MSELoss()
opt = optim.RMSprop(net.parameters(), lr=4e-3)
sched = optim.lr_scheduler.StepLR(opt, step_size=8, gamma=0.3)

for epoch in range(20):
    net.train()
    total = 0.0
    for xb, yb in loader:
        opt.zero_grad()
        loss = loss_fn(net(xb), yb)
        loss.backward()
        opt.step()
        total += loss.item() * len(xb)
    sched.step()
    if epoch % 4 == 3:
        net.eval()
        with torch.no_grad():
            guess = net(x[test_rows])
            mse = loss_fn(guess, y[test_rows]).item()
            r2 = 1 - mse / y[test_rows].var(unbiased=False).item()
        print("epoch", epoch + 1, "train", round(total / len(train_rows), 4), "test", round(mse, 4), "R2", round(r2, 3))

print("typical error in yield units:", round(mse**0.5 * y_std, 3))
