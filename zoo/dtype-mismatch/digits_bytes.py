import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset, random_split


class DigitImages(Dataset):
    """Eight-bit images as a camera pipeline would hand them over."""

    def __init__(self):
        digits = load_digits()
        self.images = (digits.images / 16 * 255).astype(np.uint8)
        self.labels = digits.target.astype(np.int64)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = torch.from_numpy(self.images[index]).unsqueeze(0)  #~ image = torch.from_numpy(self.images[index]).unsqueeze(0).float() / 255
        return image, int(self.labels[index])


class Trainer:
    def __init__(self, model, train_set, val_set, lr=0.05, batch_size=32):
        self.model = model
        self.train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
        self.val_loader = DataLoader(val_set, batch_size=200)
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True)
        self.criterion = nn.CrossEntropyLoss()

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for images, labels in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * labels.size(0)
        return total / len(self.train_loader.dataset)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        hits = 0
        for images, labels in self.val_loader:
            hits += (self.model(images).argmax(dim=1) == labels).sum().item()
        return hits / len(self.val_loader.dataset)

    def fit(self, epochs):
        for epoch in range(epochs):
            loss = self.train_epoch()
            print(f"Epoch {epoch + 1}/{epochs}  loss={loss:.4f}  val_acc={self.validate():.4f}")


def main():
    torch.manual_seed(42)
    dataset = DigitImages()
    train_set, val_set = random_split(dataset, [1400, len(dataset) - 1400])
    model = nn.Sequential(
        nn.Conv2d(1, 12, kernel_size=3), nn.ReLU(),
        nn.Conv2d(12, 24, kernel_size=3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(24 * 2 * 2, 32), nn.ReLU(),
        nn.Linear(32, 10),
    )
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    Trainer(model, train_set, val_set).fit(epochs=6)


if __name__ == "__main__":
    main()
