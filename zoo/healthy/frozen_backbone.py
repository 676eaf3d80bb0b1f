"""Transfer: a backbone trained on the ten digits is frozen, a new head is trained on the other half of the images."""
import copy

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(),
        )

    def forward(self, x):
        return self.layers(x)


class Model(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(32 * 16, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def fit(model, params, x, y, x_val, y_val, epochs, lr, name):
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    optimizer = torch.optim.Adam(params, lr=lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
        model.eval()
        with torch.no_grad():
            acc = (model(x_val).argmax(1) == y_val).float().mean().item()
        if epoch % 3 == 2:
            print(f"{name} epoch {epoch + 1:2d} loss {total / len(y):.4f} val acc {acc:.4f}")


def main():
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(digits.target)

    first, second = train_test_split(torch.arange(len(labels)), test_size=0.5, random_state=0, stratify=labels)
    a, b = train_test_split(first, test_size=0.2, random_state=0, stratify=labels[first])
    source = Model(Backbone(), 10)
    fit(source, source.parameters(), images[a], labels[a], images[b], labels[b], epochs=12, lr=2e-3, name="source")
    weights = copy.deepcopy(source.backbone.state_dict())

    a, b = train_test_split(second, test_size=0.3, random_state=0, stratify=labels[second])
    backbone = Backbone()
    backbone.load_state_dict(weights)
    for p in backbone.parameters():
        p.requires_grad = False
    target = Model(backbone, 10)
    fit(target, target.head.parameters(), images[a], labels[a], images[b], labels[b], epochs=15, lr=5e-3, name="target")


if __name__ == "__main__":
    main()
