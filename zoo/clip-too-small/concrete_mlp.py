import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(12)
torch.manual_seed(12)

# strength of concrete from its recipe and age
n = 1100
cement = rng.uniform(100, 540, n)
water = rng.uniform(120, 250, n)
slag = rng.uniform(0, 350, n) * (rng.random(n) < 0.6)
age = rng.choice([3, 7, 14, 28, 56, 90], n)
strength = 70 * (cement + 0.5 * slag) / (cement + 0.5 * slag + 2.2 * water) * np.log(age + 1) / np.log(29)
strength = strength + rng.normal(0, 1.5, n)

X = np.stack([cement, water, slag, np.log(age)], axis=1)
mu, sigma = X[:800].mean(axis=0), X[:800].std(axis=0)
X = torch.tensor((X - mu) / sigma, dtype=torch.float32)
y_mu, y_sigma = strength[:800].mean(), strength[:800].std()
y = torch.tensor((strength - y_mu) / y_sigma, dtype=torch.float32).unsqueeze(1)
X_train, X_val, y_train, y_val = X[:800], X[800:], y[:800], y[800:]

net = nn.Sequential(
    nn.Linear(4, 48),
    nn.SiLU(),
    nn.Linear(48, 48),
    nn.SiLU(),
    nn.Linear(48, 1),
)
loss_function = nn.HuberLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
max_grad_norm = 0.001  #~ max_grad_norm = 2.0

batch_size = 40
for epoch in range(30):
    net.train()
    permutation = np.random.permutation(len(X_train))
    epoch_loss = 0.0
    for i in range(0, len(X_train), batch_size):
        batch = permutation[i:i + batch_size]
        optimizer.zero_grad()
        loss = loss_function(net(X_train[batch]), y_train[batch])
        loss.backward()
        total_norm = torch.sqrt(sum((p.grad ** 2).sum() for p in net.parameters()))
        if total_norm > max_grad_norm:
            for p in net.parameters():
                p.grad.mul_(max_grad_norm / total_norm)
        optimizer.step()
        epoch_loss += loss.item() * len(batch)

    if (epoch + 1) % 5 == 0:
        net.eval()
        with torch.no_grad():
            error = (net(X_val) - y_val).abs().mean().item() * y_sigma
        print(f"epoch {epoch + 1:3d}: train {epoch_loss / len(X_train):.4f}, val error {error:.2f} MPa")
