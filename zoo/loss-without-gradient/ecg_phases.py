import time

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def make_beats(n, seed):
    """Three kinds of heart beat as short noisy traces."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, 80)
    labels = rng.integers(0, 3, n)
    beats = np.zeros((n, 1, 80), dtype=np.float32)
    for i, kind in enumerate(labels):
        shift = rng.normal(0, 0.03)
        wide = (0.02, 0.06, 0.02)[kind]
        trace = np.exp(-((t - 0.4 - shift) ** 2) / (2 * wide ** 2))
        trace += (0.3, 0.3, -0.3)[kind] * np.exp(-((t - 0.7 - shift) ** 2) / (2 * 0.05 ** 2))
        beats[i, 0] = trace + rng.normal(0, 0.12, 80)
    return torch.from_numpy(beats), torch.from_numpy(labels)


class BeatNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 8, 7, padding=3), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(8, 16, 5, padding=2), nn.BatchNorm1d(16), nn.ReLU(), nn.AdaptiveMaxPool1d(4),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 3))

    def forward(self, x):
        return self.classifier(self.features(x))


def fit(model, loaders, criterion, optimizer, scheduler, num_epochs):
    since = time.time()
    for epoch in range(num_epochs):
        for phase in ["train", "val"]:
            if phase == "train":
                model.train()
            else:
                model.eval()
            running_loss, running_corrects, size = 0.0, 0, 0
            for inputs, labels in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "val"):  #~ with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                running_corrects += (outputs.argmax(1) == labels).sum().item()
                size += inputs.size(0)
            if phase == "train":
                scheduler.step()
            print(f"Epoch {epoch} {phase:5s} Loss: {running_loss / size:.4f} Acc: {running_corrects / size:.4f}")
    print(f"done in {time.time() - since:.0f}s")
    return model


if __name__ == "__main__":
    torch.manual_seed(0)
    loaders = {
        "train": DataLoader(TensorDataset(*make_beats(1600, 0)), batch_size=32, shuffle=True),
        "val": DataLoader(TensorDataset(*make_beats(400, 1)), batch_size=200),
    }
    net = BeatNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.3)
    fit(net, loaders, nn.CrossEntropyLoss(), optimizer, scheduler, num_epochs=5)
