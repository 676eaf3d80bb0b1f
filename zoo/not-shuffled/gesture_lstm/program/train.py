from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

NAMES = ["circle", "circle back", "jab", "wave", "lift"]


class GestureLSTM(nn.Module):
    def __init__(self, axes=3, hidden=40, classes=len(NAMES)):
        super().__init__()
        self.lstm = nn.LSTM(axes, hidden, batch_first=True)
        self.classify = nn.Sequential(nn.Linear(hidden, 24), nn.ReLU(), nn.Linear(24, classes))

    def forward(self, moves):
        _, (last, _) = self.lstm(moves)
        return self.classify(last[-1])


def get_data(file):
    archive = np.load(file)
    return TensorDataset(torch.from_numpy(archive["moves"]), torch.from_numpy(archive["kind"]))


class Experiment:
    def __init__(self, lr=1e-2, batch_size=25, epochs=5):
        torch.manual_seed(4)
        data = get_data(Path(__file__).resolve().parent / "gestures.npz")
        val_size = 250
        picked = np.random.default_rng(0).choice(len(data), val_size, replace=False)
        mask = np.zeros(len(data), dtype=bool)
        mask[picked] = True
        self.train = DataLoader(Subset(data, np.flatnonzero(~mask).tolist()), batch_size=batch_size)
        self.val = DataLoader(Subset(data, np.flatnonzero(mask).tolist()), batch_size=val_size)
        self.model = GestureLSTM()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()
        self.epochs = epochs
        self.history = []

    def train_epoch(self):
        self.model.train()
        losses = []
        for moves, kind in self.train:
            loss = self.criterion(self.model(moves), kind)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def check(self):
        self.model.eval()
        with torch.no_grad():
            moves, kind = next(iter(self.val))
            guess = self.model(moves).argmax(1)
        per_class = [(guess[kind == k] == k).float().mean().item() for k in range(len(NAMES))]
        return (guess == kind).float().mean().item(), per_class

    def run(self):
        for epoch in range(self.epochs):
            loss = self.train_epoch()
            accuracy, per_class = self.check()
            self.history.append((loss, accuracy))
            print(f"epoch {epoch + 1}  loss {loss:.4f}  accuracy {accuracy:.3f}")
        for name, share in zip(NAMES, per_class):
            print(f"  {name:<12} {share:.2f}")


if __name__ == "__main__":
    Experiment().run()
