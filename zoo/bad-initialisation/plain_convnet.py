import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(1)
np.random.seed(1)

digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32)[:, None]
y = torch.tensor(digits.target)
idx = torch.randperm(len(y))
x, y = x[idx], y[idx]
x_train, y_train, x_val, y_val = x[:1400], y[:1400], x[1400:], y[1400:]
mean, std = x_train.mean(), x_train.std()
x_train, x_val = (x_train - mean) / std, (x_val - mean) / std


def block(c_in, c_out, pool=False):
    layers = [nn.Conv2d(c_in, c_out, kernel_size=3, padding=1), nn.ReLU(inplace=True)]
    if pool:
        layers.append(nn.MaxPool2d(2))
    return layers


model = nn.Sequential(
    *block(1, 12),
    *block(12, 12, pool=True),
    *block(12, 24),
    *block(24, 24, pool=True),
    nn.Flatten(),
    nn.Linear(24 * 4, 48),
    nn.ReLU(inplace=True),
    nn.Linear(48, 10),
)
for m in model:
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(m.weight, mean=0.0, std=0.01)  #~ nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
        nn.init.zeros_(m.bias)

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
epochs, batch = 8, 32
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)

for epoch in range(epochs):
    model.train()
    perm = torch.randperm(len(x_train))
    running = 0.0
    for start in range(0, len(perm), batch):
        rows = perm[start : start + batch]
        out = model(x_train[rows])
        loss = criterion(out, y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(rows)
    scheduler.step()

    model.eval()
    with torch.no_grad():
        out = model(x_val)
        val_loss = criterion(out, y_val).item()
        acc = (out.argmax(1) == y_val).float().mean().item()
    print(f"[{epoch + 1}/{epochs}] loss={running / len(perm):.4f} val_loss={val_loss:.4f} val_acc={acc:.3f}")
