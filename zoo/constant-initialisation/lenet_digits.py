"""Handwritten digits with a small LeNet, ported from a Keras tutorial."""
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 12
BATCH = 32


def load():
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16.0
    labels = torch.tensor(digits.target)
    train_idx, val_idx = train_test_split(range(len(labels)), test_size=0.25, random_state=7, stratify=digits.target)
    mean, std = images[train_idx].mean(), images[train_idx].std()
    images = (images - mean) / std
    train_set = TensorDataset(images[train_idx], labels[train_idx])
    val_set = TensorDataset(images[val_idx], labels[val_idx])
    return DataLoader(train_set, batch_size=BATCH, shuffle=True, drop_last=True), DataLoader(val_set, batch_size=256)


class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(16 * 2 * 2, 64), nn.ReLU(), nn.Linear(64, classes))

    def forward(self, x):
        return self.classifier(self.features(x))


def init_weights(module):
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.constant_(module.weight, 0.05)  #~ nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)


def train_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return total / (len(loader) * BATCH)


@torch.no_grad()
def evaluate(model, loader, criterion):
    model.eval()
    loss, hits, n = 0.0, 0, 0
    for images, labels in loader:
        logits = model(images)
        loss += criterion(logits, labels).item() * len(labels)
        hits += (logits.argmax(dim=1) == labels).sum().item()
        n += len(labels)
    return loss / n, hits / n


if __name__ == "__main__":
    torch.manual_seed(0)
    train_loader, val_loader = load()
    model = LeNet()
    model.apply(init_weights)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    for epoch in range(EPOCHS):
        train_loss = train_epoch(model, train_loader, criterion, optimizer)
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        print(f"epoch {epoch + 1:2d}  train loss {train_loss:.4f}  val loss {val_loss:.4f}  val acc {val_acc:.3f}")
