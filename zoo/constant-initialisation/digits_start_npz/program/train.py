import os

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

BASE = os.path.dirname(os.path.abspath(__file__))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 60), nn.Tanh(), nn.Linear(60, 40), nn.Tanh())
        self.head = nn.Linear(40, 10)

    def forward(self, x):
        return self.head(self.encoder(x))

    def from_file(self, path):
        """Weights as exported by the framework-independent tool: one array a parameter."""
        arrays = np.load(path)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                parameter.copy_(torch.from_numpy(arrays[name]))
        return self


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()

    def fit(self, train_loader, val_loader, epochs):
        for epoch in range(epochs):
            train_loss = self.one_epoch(train_loader)
            val_loss, val_accuracy = self.evaluate(val_loader)
            print(f"{epoch + 1:3d}  {train_loss:.4f}  {val_loss:.4f}  {val_accuracy:.3f}")

    def one_epoch(self, loader):
        self.model.train()
        total, seen = 0.0, 0
        for x, y in loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(x)
            seen += len(x)
        return total / seen

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        total, right, seen = 0.0, 0, 0
        for x, y in loader:
            scores = self.model(x)
            total += self.criterion(scores, y).item() * len(x)
            right += (scores.argmax(1) == y).sum().item()
            seen += len(x)
        return total / seen, right / seen


def main():
    torch.manual_seed(13)
    x = torch.from_numpy(np.load(os.path.join(BASE, "x.npy")))
    y = torch.from_numpy(np.load(os.path.join(BASE, "y.npy")))
    train, val = random_split(TensorDataset(x, y), [1440, 357])
    model = Classifier().from_file(os.path.join(BASE, "weights.npz"))
    trainer = Trainer(model, lr=4e-3)
    print("epoch  train  val  accuracy")
    trainer.fit(DataLoader(train, batch_size=40, shuffle=True), DataLoader(val, batch_size=357), epochs=12)


if __name__ == "__main__":
    main()
