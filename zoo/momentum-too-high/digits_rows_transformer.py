"""Digits read row by row: every row of an 8x8 image is a token of a small transformer."""
import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


class RowTransformer(nn.Module):
    def __init__(self, dim, heads, depth, dropout):
        super().__init__()
        self.embed = nn.Linear(8, dim)
        self.position = nn.Parameter(0.02 * torch.randn(8, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 10)

    def forward(self, images):
        tokens = self.embed(images) + self.position
        return self.head(self.norm(self.encoder(tokens).mean(dim=1)))


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--betas", type=float, nargs=2, default=(0.999, 0.9))  #~ parser.add_argument("--betas", type=float, nargs=2, default=(0.9, 0.999))
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--dropout", type=float, default=0.1)
    args = parser.parse_args()
    torch.manual_seed(0)

    digits = load_digits()
    order = torch.randperm(len(digits.target))
    images = torch.tensor(digits.images / 8 - 1, dtype=torch.float32)[order]
    labels = torch.tensor(digits.target)[order]
    train_images, train_labels = images[:1440], labels[:1440]
    val_images, val_labels = images[1440:], labels[1440:]

    model = RowTransformer(dim=32, heads=4, depth=1, dropout=args.dropout)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=args.lr, betas=tuple(args.betas), weight_decay=args.weight_decay
    )
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(train_images)).split(args.batch_size):
            loss = F.cross_entropy(model(train_images[batch]), train_labels[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        train_loss = total / len(train_images)
        val_acc = accuracy(model, val_images, val_labels)
        print(f"epoch {epoch + 1}/{args.epochs}: loss {train_loss:.4f}, val acc {val_acc:.3f}")


if __name__ == "__main__":
    main()
