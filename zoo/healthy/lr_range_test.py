"""Pick the learning rate with a short range test, then train from scratch with it."""
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def batches(x, y, size):
    for idx in torch.randperm(len(x)).split(size):
        yield x[idx], y[idx]


def range_test(model, x, y, low=1e-4, high=10.0, steps=60):
    probe = copy.deepcopy(model)
    optimizer = torch.optim.SGD(probe.parameters(), lr=low, momentum=0.9)
    factor = (high / low) ** (1 / (steps - 1))
    smooth, best, history = None, math.inf, []
    stream = iter(())
    for step in range(steps):
        batch = next(stream, None)
        if batch is None:
            stream = batches(x, y, 64)
            batch = next(stream)
        loss = F.cross_entropy(probe(batch[0]), batch[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smooth = loss.item() if smooth is None else 0.8 * smooth + 0.2 * loss.item()
        best = min(best, smooth)
        history.append((optimizer.param_groups[0]["lr"], smooth))
        if not math.isfinite(smooth) or smooth > 4 * best:
            break
        optimizer.param_groups[0]["lr"] *= factor
    at_minimum = min(history, key=lambda h: h[1])[0]
    return at_minimum / 5


def main():
    torch.manual_seed(0)
    X, y = load_digits(return_X_y=True)
    x_train, x_val, y_train, y_val = train_test_split(torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y), test_size=0.2,
                                                      random_state=0, stratify=y)
    model = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 10))
    lr = range_test(model, x_train, y_train)
    print(f"learning rate from the range test: {lr:.4f}")

    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
    epochs = 20
    scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=epochs, power=1.0)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in batches(x_train, y_train, 64):
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
        scheduler.step()
        model.eval()
        with torch.no_grad():
            acc = (model(x_val).argmax(1) == y_val).float().mean().item()
        if epoch % 3 == 1:
            print(f"epoch {epoch + 1:2d} train loss {total / len(x_train):.4f} val acc {acc:.4f}")


if __name__ == "__main__":
    main()
