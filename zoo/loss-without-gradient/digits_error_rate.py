"""Digits with a plain multilayer perceptron; keeps an eye on the error rate."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(2)
data = load_digits()
order = torch.randperm(len(data.data))
X = torch.tensor(data.data, dtype=torch.float32)[order] / 16
y = torch.tensor(data.target)[order]
X_train, y_train, X_val, y_val = X[:1400], y[:1400], X[1400:], y[1400:]

model = nn.Sequential(
    nn.Linear(64, 96), nn.LayerNorm(96), nn.GELU(),
    nn.Linear(96, 48), nn.GELU(),
    nn.Linear(48, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, weight_decay=5e-4)
batch_size = 50


def error_rate(logits, labels):
    return (logits.argmax(dim=1) != labels).float().mean()


for epoch in range(15):
    model.train()
    shuffled = torch.randperm(len(X_train))
    total = 0.0
    for i in range(0, len(X_train), batch_size):
        idx = shuffled[i:i + batch_size]
        logits = model(X_train[idx])
        loss = error_rate(logits, y_train[idx])  #~ loss = F.cross_entropy(logits, y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        val_logits = model(X_val)
        val_loss, val_error = F.cross_entropy(val_logits, y_val), error_rate(val_logits, y_val)
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1:2d}  train {total / len(X_train):.4f}  val loss {val_loss:.4f}  val error {val_error:.4f}")
