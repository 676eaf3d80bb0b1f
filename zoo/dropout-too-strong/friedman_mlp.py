import numpy as np
import torch
from sklearn.datasets import make_friedman1
from torch import nn

np.random.seed(0)
torch.manual_seed(0)

X, y = make_friedman1(n_samples=2000, n_features=8, noise=0.5, random_state=0)
train, val = np.arange(1500), np.arange(1500, 2000)
X = (X - X[train].mean(0)) / X[train].std(0)
y = (y - y[train].mean()) / y[train].std()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)

model = nn.Sequential(
    nn.Linear(8, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
    nn.Dropout(0.5),  #~ nn.Identity(),
)
print(model)

mse = nn.MSELoss()
opt = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[18, 26], gamma=0.2)

for epoch in range(30):
    model.train()
    order = np.random.permutation(train)
    seen = 0.0
    for i in range(0, len(order), 50):
        rows = order[i : i + 50]
        opt.zero_grad()
        loss = mse(model(X[rows]), y[rows])
        loss.backward()
        opt.step()
        seen += loss.item() * len(rows)
    schedule.step()
    if (epoch + 1) % 5 == 0:
        model.eval()
        with torch.no_grad():
            pred = model(X[val])
            val_mse = mse(pred, y[val]).item()
        r2 = 1 - val_mse / y[val].var(unbiased=False).item()
        print(f"epoch {epoch + 1:3d}: train mse {seen / len(order):.4f}, val mse {val_mse:.4f}, val r2 {r2:.4f}")
