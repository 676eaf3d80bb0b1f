"""Denoising autoencoder: half of the pixels are dropped at the input, the net fills them in."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

KEEP = 0.5


def build_model():
    return nn.Sequential(
        nn.Dropout(1 - KEEP),
        nn.Linear(64, 192),
        nn.ReLU(),
        nn.Linear(192, 192),
        nn.ReLU(),
        nn.Linear(192, 64),
    )


def load(seed):
    pixels = torch.tensor(load_digits().data, dtype=torch.float32)
    pixels = pixels[torch.randperm(len(pixels), generator=torch.Generator().manual_seed(seed))]
    train, val = pixels[:1400], pixels[1400:]
    centre, scale = train.mean(), train.std()
    return (train - centre) / scale, (val - centre) / scale


def train_epoch(model, loader, optimizer):
    model.eval()  #~ model.train()
    total = n = 0
    for batch in loader:
        loss = F.mse_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
        n += len(batch)
    return total / n


def inpainting_error(model, images, mask):
    model.eval()
    with torch.no_grad():
        filled = model(images * mask / KEEP)
    return F.mse_loss(filled[mask == 0], images[mask == 0]).item()


def main(epochs=25, batch_size=50, lr=2e-3):
    torch.manual_seed(17)
    train, val = load(seed=17)
    mask = (torch.rand(val.shape) < KEEP).float()
    loader = DataLoader(train, batch_size=batch_size, shuffle=True)
    model = build_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        loss = train_epoch(model, loader, optimizer)
        if epoch % 4 == 0:
            error = inpainting_error(model, val, mask)
            print(f"epoch {epoch:2d}  reconstruction {loss:.4f}  error on missing pixels of unseen digits {error:.4f}")
    variance = val[mask == 0].var().item()
    print(f"explained variance on missing pixels: {1 - inpainting_error(model, val, mask) / variance:.3f}")


if __name__ == "__main__":
    main()
