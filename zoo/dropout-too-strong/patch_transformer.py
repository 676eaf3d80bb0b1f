"""A patch transformer for 8x8 digits."""
import math

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

PATCH = 2
WIDTH = 32


def patches(images):
    n = len(images)
    cut = images.unfold(1, PATCH, PATCH).unfold(2, PATCH, PATCH)
    return cut.reshape(n, -1, PATCH * PATCH)


class PatchTransformer(nn.Module):
    def __init__(self, tokens, classes, depth=2, heads=4):
        super().__init__()
        self.embed = nn.Linear(PATCH * PATCH, WIDTH)
        self.position = nn.Parameter(torch.randn(1, tokens, WIDTH) / math.sqrt(WIDTH))
        layer = nn.TransformerEncoderLayer(
            WIDTH,
            heads,
            dim_feedforward=64,
            dropout=0.8,  #~ dropout=0.05,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, x):
        x = self.encoder(self.embed(x) + self.position)
        return self.head(self.norm(x).mean(dim=1))


def get_loaders(batch_size):
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32)
    y = torch.tensor(digits.target)
    train, val = random_split(range(len(y)), [1397, 400], generator=torch.Generator().manual_seed(2))
    mean, std = x[train.indices].mean(), x[train.indices].std()
    x = patches((x - mean) / std)
    train_set = TensorDataset(x[train.indices], y[train.indices])
    val_set = TensorDataset(x[val.indices], y[val.indices])
    return DataLoader(train_set, batch_size, shuffle=True), DataLoader(val_set, 400)


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        hits = [(model(x).argmax(dim=1) == y).float().mean().item() for x, y in loader]
    return sum(hits) / len(hits)


def train(epochs=8, lr=3e-3):
    train_loader, val_loader = get_loaders(batch_size=32)
    model = PatchTransformer(tokens=16, classes=10)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=epochs * len(train_loader))
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / len(train_loader):.4f}, val accuracy {accuracy(model, val_loader):.4f}")


if __name__ == "__main__":
    torch.manual_seed(2)
    train()
