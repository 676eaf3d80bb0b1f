"""Pretrain on the digits 0-4, then reuse the features for 5-9."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class Backbone(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(),
        )
        self.fc = nn.Linear(32 * 16, classes)

    def forward(self, x):
        return self.fc(self.features(x))


def loaders(first, last):
    digits = load_digits()
    keep = (digits.target >= first) & (digits.target <= last)
    x = torch.tensor(digits.images[keep] / 16, dtype=torch.float32).unsqueeze(1)
    y = torch.tensor(digits.target[keep] - first)
    order = torch.randperm(len(x))
    train, val = order[150:], order[:150]
    return (DataLoader(TensorDataset(x[train], y[train]), batch_size=32, shuffle=True),
            DataLoader(TensorDataset(x[val], y[val]), batch_size=150))


def train(model, optimizer, train_loader, val_loader, epochs, title):
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        model.eval()
        with torch.no_grad():
            correct = sum((model(x).argmax(1) == y).sum().item() for x, y in val_loader)
        print(f"{title} epoch {epoch + 1}: loss {total / len(train_loader.dataset):.4f}, "
              f"val acc {correct / len(val_loader.dataset):.3f}")


def main():
    torch.manual_seed(0)
    model = Backbone(classes=5)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    train(model, optimizer, *loaders(0, 4), epochs=4, title="pretrain")

    for p in model.features.parameters():
        p.requires_grad = False
    trainable = [p for p in model.parameters() if p.requires_grad]  #~ model.fc = nn.Linear(32 * 16, 5)
    model.fc = nn.Linear(32 * 16, 5)  #~ trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=3e-3)
    train(model, optimizer, *loaders(5, 9), epochs=6, title="finetune")


if __name__ == "__main__":
    main()
