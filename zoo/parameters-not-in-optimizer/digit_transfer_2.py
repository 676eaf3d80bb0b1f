"""Pretrain a small convolutional network on the digits 0-4, then adapt it to the digits 5-9 with a fresh head."""
import copy

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


def split_digits(generator):
    x, y = load_digits(return_X_y=True)
    x = torch.tensor(x, dtype=torch.float32).view(-1, 1, 8, 8) / 16 - 0.3
    y = torch.tensor(y)
    order = torch.randperm(len(x), generator=generator)
    x, y = x[order], y[order]
    first, second = y < 5, y >= 5
    return (x[first], y[first]), (x[second], y[second] - 5)


class DigitNet(nn.Module):
    def __init__(self, classes, width=12):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 3), nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(8 * width, 32), nn.ReLU(),
        )
        self.head = self.make_head(32, classes)

    @staticmethod
    def make_head(features, classes):
        head = nn.Linear(features, classes)
        nn.init.normal_(head.weight, std=0.01)
        nn.init.zeros_(head.bias)
        return head

    def replace_head(self, classes):
        self.head = self.make_head(self.head.in_features, classes)

    def forward(self, x):
        return self.head(self.body(x))


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def phase(name, model, optimizer, train, val, epochs, batch=24):
    x, y = train
    best, kept = 0.0, None
    for epoch in range(1, epochs + 1):
        model.train()
        total = n = 0
        for rows in torch.randperm(len(x)).split(batch):
            noisy = x[rows] + 0.1 * torch.randn_like(x[rows])
            loss = F.cross_entropy(model(noisy), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, n = total + loss.item() * len(rows), n + len(rows)
        score = accuracy(model, *val)
        if score > best:
            best, kept = score, copy.deepcopy(model.state_dict())
        print(f"{name} {epoch:2d}  loss {total / n:.3f}  val {score:.3f}")
    if kept is not None:
        model.load_state_dict(kept)
    return best


def main():
    torch.manual_seed(16)
    generator = torch.Generator().manual_seed(16)
    old, new = split_digits(generator)
    old_train, old_val = [t[:700] for t in old], [t[700:] for t in old]
    new_train, new_val = [t[:250] for t in new], [t[250:] for t in new]

    model = DigitNet(classes=5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.04, momentum=0.9, weight_decay=5e-4)
    pretrained = phase("pretrain", model, optimizer, old_train, old_val, epochs=6)

    model.replace_head(classes=5)
    optimizer.param_groups[0].update(lr=0.01)  #~ optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    adapted = phase("finetune", model, optimizer, new_train, new_val, epochs=12)
    print(f"digits 0-4: {pretrained:.3f}   digits 5-9: {adapted:.3f}")


if __name__ == "__main__":
    main()
