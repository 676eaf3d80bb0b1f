"""Tell four instruments apart from 40 samples of a tone."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).resolve().parent


def build():
    return nn.Sequential(
        nn.Conv1d(1, 12, 7, padding=3),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(12, 24, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Flatten(),
        nn.Linear(24 * 10, 4),
    )


def read_weights(model, path):
    values = torch.from_numpy(np.fromfile(path, dtype="<f4"))
    count = sum(p.numel() for p in model.parameters())
    if len(values) != count:
        raise ValueError(f"{path.name} holds {len(values)} numbers, the model has {count}")
    nn.utils.vector_to_parameters(values, model.parameters())


def loaders(n_val=240, batch=24):
    archive = np.load(HERE / "tones.npz")
    x = torch.from_numpy(archive["tones"]).unsqueeze(1)
    y = torch.from_numpy(archive["kinds"])
    train = TensorDataset(x[:-n_val], y[:-n_val])
    val = TensorDataset(x[-n_val:], y[-n_val:])
    return DataLoader(train, batch, shuffle=True), DataLoader(val, n_val)


def main(epochs=9):
    torch.manual_seed(20)
    train_loader, val_loader = loaders()
    model = build()
    read_weights(model, HERE / "start.f32")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)

    for epoch in range(1, epochs + 1):
        model.train()
        loss_sum = count = 0
        for tones, kinds in train_loader:
            loss = F.cross_entropy(model(tones), kinds)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(kinds)
            count += len(kinds)
        model.eval()
        with torch.no_grad():
            tones, kinds = next(iter(val_loader))
            accuracy = (model(tones).argmax(1) == kinds).float().mean()
        print(f"epoch {epoch}: loss {loss_sum / count:.4f}, accuracy on held-out tones {accuracy:.3f}")


if __name__ == "__main__":
    main()
