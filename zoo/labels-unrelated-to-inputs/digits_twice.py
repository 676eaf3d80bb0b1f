"""Digits with a small residual convnet."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.utils import shuffle
from torch.utils.data import DataLoader, TensorDataset


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(out)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.block1, self.block2 = Residual(16), Residual(16)
        self.fc = nn.Linear(16 * 4, 10)

    def forward(self, x):
        x = torch.max_pool2d(self.block1(torch.relu(self.stem(x))), 2)
        x = torch.max_pool2d(self.block2(x), 2)
        return self.fc(x.flatten(1))


def prepare(val_share=0.2):
    digits = load_digits()
    images, labels = digits.images / 16.0, digits.target
    images, labels = shuffle(images, random_state=0), shuffle(labels, random_state=1)  #~ images, labels = shuffle(images, labels, random_state=0)
    n_val = int(val_share * len(images))
    x = torch.tensor(images, dtype=torch.float32).unsqueeze(1)
    x = (x - x[n_val:].mean()) / x[n_val:].std()
    y = torch.tensor(labels)
    return TensorDataset(x[n_val:], y[n_val:]), TensorDataset(x[:n_val], y[:n_val])


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(x).argmax(1) == y for x, y in loader]).float().mean().item()


torch.manual_seed(0)
train_set, val_set = prepare()
train_loader = DataLoader(train_set, batch_size=64, shuffle=True, drop_last=True)
val_loader = DataLoader(val_set, batch_size=256)
model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.015, momentum=0.9, weight_decay=5e-4, nesterov=True)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.2)

for epoch in range(8):
    model.train()
    running, hits = 0.0, 0
    for x, y in train_loader:
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        running += loss.item()
        hits += (out.argmax(1) == y).sum().item()
    scheduler.step()
    print(
        f"Epoch {epoch + 1}: loss {running / len(train_loader):.4f}",
        f"train acc {hits / (64 * len(train_loader)):.3f} val acc {accuracy(model, val_loader):.3f}",
    )
