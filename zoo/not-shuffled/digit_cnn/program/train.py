"""Small convolutional network for scanned 8x8 digits, with a validation pass after every epoch."""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

DATA = Path(__file__).parent / "data"
EPOCHS = 6
torch.manual_seed(3)


class Scans(Dataset):
    def __init__(self, name):
        archive = np.load(DATA / name)
        self.pixels = torch.from_numpy(archive["pixels"].astype(np.float32))
        self.labels = torch.from_numpy(archive["labels"].astype(np.int64))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return (self.pixels[i].unsqueeze(0) - 8.0) / 6.0, self.labels[i]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(32 * 4 * 4, 64)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        x = F.gelu(self.conv1(x))
        x = F.max_pool2d(F.gelu(self.conv2(x)), 2)
        x = F.gelu(self.fc(x.flatten(1)))
        return self.out(self.drop(x))


train_set, val_set = Scans("train.npz"), Scans("val.npz")
train_loader = DataLoader(train_set, batch_size=40, num_workers=0)
val_loader = DataLoader(val_set, batch_size=250)

net = Net()
optimizer = torch.optim.AdamW(net.parameters(), lr=1.5e-3, weight_decay=0.02, betas=(0.9, 0.98))
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)


def validate():
    net.eval()
    right, total, per_class = 0, 0, torch.zeros(10)
    with torch.no_grad():
        for x, y in val_loader:
            guess = net(x).argmax(1)
            right += (guess == y).sum().item()
            total += len(y)
            per_class += torch.bincount(guess, minlength=10)
    return right / total, per_class.int().tolist()


for epoch in range(1, EPOCHS + 1):
    net.train()
    running = 0.0
    for step, (x, y) in enumerate(train_loader, 1):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        running += loss.item()
    scheduler.step()
    accuracy, histogram = validate()
    print(f"[{epoch:02d}/{EPOCHS}] train loss {running / step:.4f}  val accuracy {accuracy:.3f}")

print("predictions per digit:", histogram)
