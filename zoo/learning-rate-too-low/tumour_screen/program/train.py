"""Benign or malignant, from thirty measurements of cell nuclei."""
import argparse
import configparser

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def load(path, held_out=0.25):
    table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    x, y = table[:, :-1], table[:, -1:]
    cut = int(len(x) * (1 - held_out))
    low, high = x[:cut].min(0), x[:cut].max(0)
    x = 4 * (x - low) / (high - low) - 1
    pairs = [(x[:cut], y[:cut]), (x[cut:], y[cut:])]
    return [TensorDataset(torch.from_numpy(a), torch.from_numpy(b)) for a, b in pairs]


class Screen(nn.Module):
    def __init__(self, inputs, width, dropout):
        super().__init__()
        self.first = nn.Linear(inputs, width, bias=True)
        self.norm = nn.BatchNorm1d(width)
        self.second = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)
        self.score = nn.Linear(width, 1)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        x = self.drop(F.relu(self.second(x)))
        return self.score(x)


def sensitivity_specificity(model, loader):
    model.eval()
    logits, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            logits.append(model(x))
            labels.append(y)
    guess = torch.cat(logits) > 0
    truth = torch.cat(labels) > 0.5
    loss = F.binary_cross_entropy_with_logits(torch.cat(logits), truth.float()).item()
    sens = (guess & truth).sum().item() / truth.sum().item()
    spec = (~guess & ~truth).sum().item() / (~truth).sum().item()
    return loss, sens, spec


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="screen.ini")
    parser.add_argument("--data", default="cells.csv")
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()

    config = configparser.ConfigParser()
    config.read(args.config)
    training = config["training"]
    torch.manual_seed(args.seed)

    train_set, test_set = load(args.data)
    train_loader = DataLoader(train_set, batch_size=training.getint("batch_size"), drop_last=True)
    test_loader = DataLoader(test_set, batch_size=128)

    model = Screen(30, config.getint("model", "width"), config.getfloat("model", "dropout"))
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=training.getfloat("step"),
        momentum=training.getfloat("momentum"),
        weight_decay=training.getfloat("weight_decay"),
    )
    for epoch in range(1, training.getint("epochs") + 1):
        model.train()
        seen = 0.0
        for x, y in train_loader:
            logits = model(x)
            loss = F.binary_cross_entropy_with_logits(logits, y)
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            seen += loss.item()
        if epoch % 10 == 0 or epoch == 1:
            val_loss, sens, spec = sensitivity_specificity(model, test_loader)
            print(f"epoch {epoch:3d}  train {seen / len(train_loader):.4f}  test {val_loss:.4f}  "
                  f"sensitivity {sens:.3f}  specificity {spec:.3f}")


if __name__ == "__main__":
    main()
