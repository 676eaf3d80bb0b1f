"""Fine-tune a convolutional network on mirrored, noisy digits of low contrast while its batch-norm layers stay as they were."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class ConvNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1, stride=2, bias=False)
        self.bn2 = nn.BatchNorm2d(2 * width)
        self.fc = nn.Linear(2 * width * 16, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.fc(x.flatten(1))


def freeze_batchnorm(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.weight.requires_grad_(False)
            module.bias.requires_grad_(False)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def train(model, x, y, x_val, y_val, epochs, lr, batch_size, frozen_bn=False):
    if frozen_bn:
        freeze_batchnorm(model)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, momentum=0.9)
    loader = DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True, drop_last=True)
    for epoch in range(epochs):
        model.train()
        if frozen_bn:
            freeze_batchnorm(model)
        losses = []
        for xb, yb in loader:
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"  epoch {epoch + 1} loss {sum(losses) / len(losses):.4f} val acc {evaluate(model, x_val, y_val):.4f}")


torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
y = torch.tensor(digits.target)
x_base, x_new, y_base, y_new = train_test_split(x, y, test_size=0.5, random_state=0, stratify=y)
x_train, x_val, y_train, y_val = train_test_split(x_base, y_base, test_size=0.2, random_state=0, stratify=y_base)

print("pretraining")
base = ConvNet()
train(base, x_train, y_train, x_val, y_val, epochs=4, lr=0.05, batch_size=64)

x_new = 0.6 * x_new.flip(3) + 0.2 * torch.randn_like(x_new)
x_train, x_val, y_train, y_val = train_test_split(x_new, y_new, test_size=0.3, random_state=0, stratify=y_new)
model = ConvNet()
model.load_state_dict(copy.deepcopy(base.state_dict()))
print(f"before fine-tuning: val acc {evaluate(model, x_val, y_val):.4f}")
train(model, x_train, y_train, x_val, y_val, epochs=8, lr=0.005, batch_size=8, frozen_bn=True)
