"""Three cultivars of wine from thirteen chemical analyses."""

import argparse
import csv
import pathlib

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def read(path):
    analyses, cultivar = [], []
    with open(path, newline="") as f:
        for first, *rest in csv.reader(f):
            cultivar.append(int(first))
            analyses.append([float(v) for v in rest])
    return torch.tensor(analyses), torch.tensor(cultivar)


class WineNet(nn.Module):
    def __init__(self, inputs=13, hidden=24, outputs=3):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.fc2 = nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(__file__).with_name("wine.data"))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--lr", type=float, default=1e-2)
    args = parser.parse_args()

    torch.manual_seed(18)
    x, y = read(args.data)
    order = torch.randperm(len(x))
    val, train = order[:48], order[48:]
    mean, std = x[train].mean(0), x[train].std(0)
    x = (x - mean) / std

    loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=26, shuffle=True)
    model = WineNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(1, args.epochs + 1):
        model.train()
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
        if epoch % 5 == 0:
            model.eval()
            with torch.no_grad():
                scores = model(x[val])
                val_loss = F.cross_entropy(scores, y[val])
                accuracy = (scores.argmax(1) == y[val]).float().mean()
            print(f"epoch {epoch:2d}  val loss {val_loss:.4f}  val accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
