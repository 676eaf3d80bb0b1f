"""Contrastive pre-training on digits (SimCLR style), evaluated with a nearest-neighbour classifier."""
import argparse

import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier


class Encoder(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, dim))

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


def augment(x, noise=0.15, drop=0.2):
    keep = (torch.rand_like(x) > drop).float()
    return x * keep + noise * torch.randn_like(x)


def info_nce(z1, z2, temperature):
    logits = z1 @ z2.T / temperature
    labels = torch.arange(len(z1))
    return 0.5 * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels))


def knn_accuracy(encoder, x_train, y_train, x_val, y_val):
    encoder.eval()
    with torch.no_grad():
        a, b = encoder(x_train).numpy(), encoder(x_val).numpy()
    encoder.train()
    return KNeighborsClassifier(1).fit(a, y_train).score(b, y_val)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--lr", type=float, default=1e-3)
    args = parser.parse_args()

    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    x_train, x_val, y_train, y_val = train_test_split(x / 16.0, y, test_size=400, random_state=0, stratify=y)
    x_train = torch.tensor(x_train, dtype=torch.float32)
    x_val = torch.tensor(x_val, dtype=torch.float32)

    encoder = Encoder()
    optimizer = torch.optim.Adam(encoder.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        order = torch.randperm(len(x_train))
        losses = []
        for i in range(0, len(order) - args.batch_size + 1, args.batch_size):
            batch = x_train[order[i:i + args.batch_size]]
            loss = info_nce(encoder(augment(batch)), encoder(augment(batch)), args.temperature)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if epoch % 5 == 0 or epoch == args.epochs - 1:
            acc = knn_accuracy(encoder, x_train, y_train, x_val, y_val)
            print(f"epoch {epoch:3d} loss {sum(losses) / len(losses):.4f} 1-nn accuracy {acc:.3f}")


if __name__ == "__main__":
    main()
