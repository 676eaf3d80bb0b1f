import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class DigitImages(Dataset):
    def __init__(self, images, labels, train):
        self.images = torch.tensor(images, dtype=torch.float32).unsqueeze(1) / 8 - 1
        self.labels = torch.tensor(labels)
        self.train = train

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.train:
            shift = int(torch.randint(-1, 2, ()))
            image = torch.roll(image, shift, dims=2)
            image = image + 0.05 * torch.randn_like(image)
        return image, self.labels[i]


def train_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return total / len(loader.dataset)


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        hits = sum((model(images).argmax(1) == labels).sum().item() for images, labels in loader)
    return hits / len(loader.dataset)


if __name__ == "__main__":
    torch.manual_seed(0)
    digits = load_digits()
    tr_x, va_x, tr_y, va_y = train_test_split(digits.images, digits.target, test_size=0.2, random_state=0, stratify=digits.target)
    train_loader = DataLoader(DigitImages(tr_x, tr_y, True), batch_size=64, shuffle=True, num_workers=2, persistent_workers=True)
    val_loader = DataLoader(DigitImages(va_x, va_y, False), batch_size=120)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * 16, 64), nn.ReLU(), nn.Linear(64, 10),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(10):
        loss = train_epoch(model, train_loader, criterion, optimizer)
        print(f"epoch {epoch + 1} loss {loss:.4f} val acc {evaluate(model, val_loader):.4f}")
