"""Read the digits of a meter: python train.py [--config config.toml]"""
import argparse
import pathlib
import tomllib

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Reader(nn.Module):
    def __init__(self, width, negative_slope, bias):
        super().__init__()
        act = lambda: nn.LeakyReLU(negative_slope)
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1, bias=bias), act(),
            nn.Conv2d(width, width, 3, stride=2, padding=1, bias=bias), act(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=bias), act(),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Linear(2 * width * 4, 64), act(), nn.Linear(64, 10))

    def forward(self, x):
        return self.head(self.features(x))


class Noisy:
    """Adds sensor noise to the images of a batch."""

    def __init__(self, level, seed):
        self.level = level
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, x):
        return x + self.level * torch.randn(x.shape, generator=self.generator)


def load(cfg, seed):
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16.0
    x = (x - 0.305) / 0.376
    y = torch.tensor(digits.target)
    parts = train_test_split(x, y, test_size=cfg["val_share"], random_state=seed, stratify=y.numpy())
    x_train, x_val, y_train, y_val = parts
    train = DataLoader(TensorDataset(x_train, y_train), batch_size=cfg["batch_size"], shuffle=True)
    val = DataLoader(TensorDataset(x_val, y_val), batch_size=256)
    return train, val


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=pathlib.Path, default=pathlib.Path("config.toml"))
    args = parser.parse_args()
    with args.config.open("rb") as handle:
        cfg = tomllib.load(handle)

    torch.manual_seed(cfg["seed"])
    train, val = load(cfg["data"], cfg["seed"])
    model = Reader(**cfg["model"])
    noisy = Noisy(cfg["data"]["noise"], cfg["seed"])
    o = cfg["optim"]
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=o["lr"],
        betas=tuple(o["betas"]),
        eps=o["eps"],
        amsgrad=o["amsgrad"],
        weight_decay=o["weight_decay"],
    )
    criterion = nn.CrossEntropyLoss(label_smoothing=cfg["train"]["label_smoothing"])

    best = 0.0
    for epoch in range(1, cfg["train"]["epochs"] + 1):
        model.train()
        running = 0.0
        for x, y in train:
            optimizer.zero_grad()
            loss = criterion(model(noisy(x)), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), o["max_norm"])
            optimizer.step()
            running += loss.item()
        score = accuracy(model, val)
        best = max(best, score)
        print(f"[{cfg['title']}] epoch {epoch}: loss {running / len(train):.4f}, val acc {score:.3f}")
    print(f"final {score:.3f}, best {best:.3f}")


if __name__ == "__main__":
    main()
