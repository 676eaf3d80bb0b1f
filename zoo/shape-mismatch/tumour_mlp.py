"""Benign or malignant: a small fully connected classifier on the Wisconsin data."""
import argparse

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


def build_model(n_features, hidden, dropout):
    return nn.Sequential(
        nn.Linear(n_features, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden // 2),
        nn.ReLU(),
        nn.Linear(hidden // 2, 1),
    )


def load(seed, n_val=150):
    data = load_breast_cancer()
    order = np.random.default_rng(seed).permutation(len(data.data))
    train, val = order[n_val:], order[:n_val]
    mean, std = data.data[train].mean(0), data.data[train].std(0)
    x = torch.tensor((data.data - mean) / std, dtype=torch.float32)
    y = torch.tensor(data.target, dtype=torch.float32).unsqueeze(1)
    return x[train], y[train], x[val], y[val]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    x_train, y_train, x_val, y_val = load(args.seed)
    print("train", tuple(x_train.shape), "val", tuple(x_val.shape))
    model = build_model(len(x_train), args.hidden, args.dropout)  #~ model = build_model(x_train.shape[1], args.hidden, args.dropout)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-4)
    loss_fn = nn.BCEWithLogitsLoss()

    for epoch in range(1, args.epochs + 1):
        model.train()
        perm = torch.randperm(len(x_train))
        running = 0.0
        for start in range(0, len(perm), args.batch_size):
            idx = perm[start:start + args.batch_size]
            loss = loss_fn(model(x_train[idx]), y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item() * len(idx)
        if epoch % 5 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(x_val)
                val_loss = loss_fn(logits, y_val).item()
                acc = ((logits > 0).float() == y_val).float().mean().item()
            print(f"[{epoch:3d}] train {running / len(x_train):.4f} | val {val_loss:.4f} | acc {acc:.3f}")


if __name__ == "__main__":
    main()
