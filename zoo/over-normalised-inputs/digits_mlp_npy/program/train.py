"""Classify handwritten digits with a multilayer perceptron."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

CONFIG = {"hidden": 96, "lr": 0.1, "momentum": 0.9, "batch_size": 64, "epochs": 15, "val_share": 0.2}


def read_images(folder="digits"):
    images = np.load(f"{folder}/images.npy")
    labels = np.load(f"{folder}/labels.npy")
    x = torch.as_tensor(images, dtype=torch.float32) / 255
    return x.flatten(1), torch.from_numpy(labels)


def make_loaders():
    x, y = read_images()
    n_val = int(len(x) * CONFIG["val_share"])
    train = TensorDataset(x[n_val:], y[n_val:])
    val = TensorDataset(x[:n_val], y[:n_val])
    return (
        DataLoader(train, batch_size=CONFIG["batch_size"], shuffle=True),
        DataLoader(val, batch_size=512),
    )


def make_model():
    h = CONFIG["hidden"]
    return nn.Sequential(nn.Linear(64, h), nn.ReLU(), nn.Linear(h, h), nn.ReLU(), nn.Linear(h, 10))


def accuracy(model, loader):
    model.eval()
    hits = total = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (model(x).argmax(-1) == y).sum().item()
            total += y.numel()
    return hits / total


def main():
    torch.manual_seed(42)
    train_loader, val_loader = make_loaders()
    model = make_model()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=CONFIG["lr"], momentum=CONFIG["momentum"], nesterov=True)
    print(model)

    for epoch in range(CONFIG["epochs"]):
        model.train()
        losses = []
        for x, y in train_loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}, val accuracy {accuracy(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
