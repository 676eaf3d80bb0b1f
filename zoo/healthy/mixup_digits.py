import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(1)

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16.0, y, test_size=0.25, random_state=1, stratify=y)
train_set = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train))
X_test = torch.tensor(X_test, dtype=torch.float32)
y_test = torch.tensor(y_test)
loader = DataLoader(train_set, batch_size=64, shuffle=True)

model = nn.Sequential(
    nn.Linear(64, 128), nn.ReLU(),
    nn.Linear(128, 128), nn.ReLU(),
    nn.Linear(128, 10),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-4)
epochs = 30
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)


def mixup(x, y):
    lam = torch.rand(()).item()
    perm = torch.randperm(len(x))
    return lam * x + (1 - lam) * x[perm], y, y[perm], lam


for epoch in range(epochs):
    model.train()
    total, correct, seen = 0.0, 0, 0
    for x, target in loader:
        mixed, target_a, target_b, lam = mixup(x, target)
        logits = model(mixed)
        loss = lam * F.cross_entropy(logits, target_a) + (1 - lam) * F.cross_entropy(logits, target_b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        correct += (logits.argmax(1) == target).sum().item()
        seen += len(x)
    scheduler.step()

    model.eval()
    with torch.no_grad():
        logits = model(X_test)
        test_loss = F.cross_entropy(logits, y_test).item()
        test_acc = (logits.argmax(1) == y_test).float().mean().item()
    if (epoch + 1) % 5 == 0:
        print(f"{epoch + 1:3d}: train loss {total / seen:.3f} acc {correct / seen:.3f} | test loss {test_loss:.3f} acc {test_acc:.3f}")
