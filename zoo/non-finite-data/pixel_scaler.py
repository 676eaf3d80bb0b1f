import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Standardizer:
    def fit(self, x):
        self.mean = x.mean(dim=0)
        self.std = x.std(dim=0)
        return self

    def __call__(self, x):
        return (x - self.mean) / self.std  #~ return (x - self.mean) / self.std.clamp(min=0.1)


class MLP(nn.Module):
    def __init__(self, sizes, dropout):
        super().__init__()
        layers = []
        for a, b in zip(sizes[:-2], sizes[1:-1]):
            layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))

    def forward(self, x):
        return self.body(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, nargs="+", default=[96, 48])
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=12)
    args = parser.parse_args()
    torch.manual_seed(70)

    digits = load_digits()
    pixels, labels = torch.tensor(digits.data, dtype=torch.float32), torch.tensor(digits.target)
    order = torch.randperm(len(labels))
    train, val = order[:1400], order[1400:]
    standardize = Standardizer().fit(pixels[train])
    train_loader = DataLoader(TensorDataset(standardize(pixels[train]), labels[train]), batch_size=50, shuffle=True)
    x_val, y_val = standardize(pixels[val]), labels[val]

    model = MLP([64, *args.hidden, 10], args.dropout)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            logits = model(x_val)
            accuracy = (logits.argmax(1) == y_val).float().mean()
        print(f"epoch {epoch + 1:2d} loss {total / len(train_loader):.4f} val loss {criterion(logits, y_val):.4f} val accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
