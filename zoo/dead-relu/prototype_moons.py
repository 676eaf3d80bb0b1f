import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn


class PrototypeNet(nn.Module):
    """Similarity to learned prototypes, then a linear read-out."""

    def __init__(self, n_features, n_prototypes, n_classes):
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(n_prototypes, n_features))
        self.log_scale = nn.Parameter(torch.zeros(n_prototypes))
        self.readout = nn.Linear(n_prototypes, n_classes)

    def forward(self, x):
        distance = torch.cdist(x, self.prototypes) * self.log_scale.exp()
        similarity = F.relu(-distance)  #~ similarity = torch.exp(-distance)
        return self.readout(similarity)


def batches(x, y, size):
    order = torch.randperm(len(x))
    for rows in order.split(size):
        yield x[rows], y[rows]


def main():
    parser = argparse.ArgumentParser(description="prototype classifier on the two moons")
    parser.add_argument("--prototypes", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=21)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    X, y = make_moons(1500, noise=0.15, random_state=args.seed)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=args.seed, stratify=y)
    scaler = StandardScaler().fit(X_train)
    x_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
    x_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
    y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

    model = PrototypeNet(2, args.prototypes, 2)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr, alpha=0.95)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)

    for epoch in range(args.epochs):
        model.train()
        losses = []
        for xb, yb in batches(x_train, y_train, args.batch_size):
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        if epoch % 4 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(x_test)
            test_loss = F.cross_entropy(logits, y_test).item()
            accuracy = (logits.argmax(1) == y_test).float().mean().item()
            print(f"epoch {epoch:2d}  train {sum(losses) / len(losses):.4f}  test {test_loss:.4f}  accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
