import copy

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16.0, dtype=torch.float32)
y = torch.tensor(y)
X_rest, X_val, y_rest, y_val = train_test_split(X, y, test_size=360, random_state=0, stratify=y)
X_old, X_new, y_old, y_new = train_test_split(X_rest, y_rest, test_size=0.6, random_state=0, stratify=y_rest)
criterion = nn.CrossEntropyLoss()


def build():
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def evaluate(model):
    model.eval()
    with torch.no_grad():
        out = model(X_val)
    return criterion(out, y_val).item(), (out.argmax(1) == y_val).float().mean().item()


def train(model, inputs, labels, lr, epochs, tag):
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=32, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
        val_loss, val_acc = evaluate(model)
        if epoch % 5 == 4:
            print(f"{tag} epoch {epoch + 1:2d} train {total / len(labels):.4f} val {val_loss:.4f} acc {val_acc:.4f}")


base = build()
train(base, X_old, y_old, lr=1e-3, epochs=25, tag="pretrain")
checkpoint = copy.deepcopy(base.state_dict())

model = build()
model.load_state_dict(checkpoint)
print("before fine-tuning: val loss %.4f acc %.4f" % evaluate(model))
train(model, X_new, y_new, lr=2e-4, epochs=25, tag="finetune")
print("after fine-tuning: val loss %.4f acc %.4f" % evaluate(model))
