import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits


class Trainer:
    def __init__(self, epochs=40, batch_size=64, lr=1e-3):
        self.epochs = epochs
        data = load_digits()
        x = torch.tensor(data.data, dtype=torch.float32) / 16.0
        y = torch.tensor(data.target)
        order = torch.randperm(len(x))
        train, val = order[:1400], order[1400:]
        self.train_loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=batch_size, shuffle=True)
        self.val = x[val], y[val]
        self.net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
        self.loss = nn.MultiMarginLoss()
        self.optimizer = torch.optim.NAdam(self.net.parameters(), lr=lr)

    def train_one_epoch(self):
        self.net.train()
        total = 0.0
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.loss(self.net(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * x.size(0)
        return total / len(self.train_loader.dataset)

    def evaluate(self):
        self.net.eval()
        x, y = self.val
        with torch.no_grad():
            scores = self.net(x)
            return self.loss(scores, y).item(), (scores.argmax(1) == y).float().mean().item()

    def run(self):
        for epoch in range(self.epochs):
            train_loss = self.train_one_epoch()
            val_loss, val_acc = self.evaluate()
            if epoch % 5 == 4:
                print(f"epoch {epoch + 1:2d}: train {train_loss:.5f} val {val_loss:.5f} acc {val_acc:.4f}")


torch.manual_seed(0)
Trainer().run()
