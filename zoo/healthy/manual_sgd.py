import numpy as np
import torch
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
rng = np.random.RandomState(0)

data = load_diabetes()
order = rng.permutation(len(data.target))
X = torch.tensor(data.data[order], dtype=torch.float32)
y = torch.tensor(data.target[order], dtype=torch.float32)
n_train = 330
mean, std = X[:n_train].mean(0), X[:n_train].std(0)
X = (X - mean) / std
y_mean, y_std = y[:n_train].mean(), y[:n_train].std()
y = (y - y_mean) / y_std
X_train, y_train, X_val, y_val = X[:n_train], y[:n_train], X[n_train:], y[n_train:]

n_hidden = 12
w1 = (torch.randn(10, n_hidden) * (1 / 10) ** 0.5).requires_grad_()
b1 = torch.zeros(n_hidden, requires_grad=True)
w2 = (torch.randn(n_hidden, 1) * (1 / n_hidden) ** 0.5).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
params = [w1, b1, w2, b2]


def predict(x):
    return (torch.tanh(x @ w1 + b1) @ w2 + b2).squeeze(1)


lr = 0.02
batch_size = 30
for epoch in range(30):
    perm = torch.randperm(n_train)
    total = 0.0
    for i in range(0, n_train, batch_size):
        idx = perm[i:i + batch_size]
        loss = ((predict(X_train[idx]) - y_train[idx]) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in params:
                p -= lr * p.grad
                p.grad = None
        total += loss.item() * len(idx)
    if epoch % 5 == 4:
        with torch.no_grad():
            val = ((predict(X_val) - y_val) ** 2).mean().item()
        r2 = 1 - val / y_val.var(unbiased=False).item()
        print(f"epoch {epoch + 1:2d} train mse {total / n_train:.4f} val mse {val:.4f} val R2 {r2:.4f} rmse {val ** 0.5 * y_std.item():.1f}")
