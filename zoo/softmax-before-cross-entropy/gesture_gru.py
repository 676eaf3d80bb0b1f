import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def gestures(n, rng):
    """Accelerometer traces (50 steps, 3 axes) of five gestures at random speed and phase."""
    t = np.linspace(0, 1, 50)
    labels = rng.integers(0, 5, n)
    out = np.zeros((n, 50, 3), dtype=np.float32)
    for i, g in enumerate(labels):
        speed, phase = rng.uniform(0.8, 1.2), rng.uniform(0, 0.6)
        w = 2 * np.pi * speed * t + phase
        out[i, :, 0] = np.sin(w * (1 + (g == 1)))
        out[i, :, 1] = np.cos(w * (1 + (g == 2))) * (1 - 2 * (g == 3))
        out[i, :, 2] = t * (2 if g == 4 else -2) + (g == 4)
    out += rng.normal(0, 0.5, out.shape).astype(np.float32)
    return torch.from_numpy(out), torch.from_numpy(labels)


class GestureModel(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(3, hidden, num_layers=1, batch_first=True)
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(hidden, 5)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(self.dropout(out[:, -1]))


class Trainer:
    def __init__(self, model, optimizer, batch_size=40):
        self.model, self.optimizer, self.batch_size = model, optimizer, batch_size
        self.criterion = nn.CrossEntropyLoss()
        self.history = []

    def step(self, x, y):
        probs = F.softmax(self.model(x), dim=1)  #~ probs = self.model(x)
        return self.criterion(probs, y), (probs.argmax(dim=1) == y).sum().item()

    def run(self, x, y, train):
        self.model.train(train)
        order = torch.randperm(len(x)) if train else torch.arange(len(x))
        loss_sum, correct = 0.0, 0
        for idx in order.split(self.batch_size):
            with torch.set_grad_enabled(train):
                loss, hits = self.step(x[idx], y[idx])
            if train:
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
                self.optimizer.step()
            loss_sum += loss.item() * len(idx)
            correct += hits
        return loss_sum / len(x), correct / len(x)

    def fit(self, train, val, epochs):
        for epoch in range(epochs):
            train_loss, train_acc = self.run(*train, train=True)
            val_loss, val_acc = self.run(*val, train=False)
            self.history.append((train_loss, val_loss))
            print(f"{epoch:02d} loss {train_loss:.4f}/{val_loss:.4f} acc {train_acc:.3f}/{val_acc:.3f}")


if __name__ == "__main__":
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    model = GestureModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    Trainer(model, optimizer).fit(gestures(1000, rng), gestures(300, rng), epochs=6)
