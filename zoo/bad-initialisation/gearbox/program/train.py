"""Condition of a gearbox from vibration features."""
import argparse
import json

import numpy as np
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_


class Classifier(nn.Module):
    def __init__(self, inputs, classes, width, depth, init_std):
        super().__init__()
        sizes = [inputs] + [width] * depth
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.head = nn.Linear(width, classes)
        self.init_std = init_std
        self.apply(self.init)
        nn.init.normal_(self.head.weight, std=0.01)

    def init(self, module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, mean=0.0, std=self.init_std)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return torch.log_softmax(self.head(x), dim=-1)


def batches(x, y, size, generator=None):
    order = torch.randperm(len(x), generator=generator)
    for rows in order.split(size):
        yield x[rows], y[rows]


def test(model, x, y):
    model.eval()
    with torch.no_grad():
        out = model(x)
        return nn.functional.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", default="settings.json")
    parser.add_argument("--data", default="gearbox.npz")
    args = parser.parse_args()
    settings = json.load(open(args.settings))
    torch.manual_seed(123)

    archive = np.load(args.data)
    x = torch.from_numpy(archive["features"])
    y = torch.from_numpy(archive["condition"]).long()
    x_train, x_test, y_train, y_test = x[:2400], x[2400:], y[:2400], y[2400:]

    model = Classifier(x.shape[1], int(y.max()) + 1, settings["width"], settings["depth"], settings["init_std"])
    decay, plain = [], []
    for name, p in model.named_parameters():
        (decay if p.ndim > 1 else plain).append(p)
    optimizer = torch.optim.SGD(
        [{"params": decay, "weight_decay": 1e-3}, {"params": plain, "weight_decay": 0.0}],
        lr=settings["lr"], momentum=settings["momentum"])
    generator = torch.Generator().manual_seed(9)

    print("start  test loss {:.3f}  accuracy {:.3f}".format(*test(model, x_test, y_test)))
    for epoch in range(settings["epochs"]):
        model.train()
        total, count = 0.0, 0
        for inputs, labels in batches(x_train, y_train, settings["batch_size"], generator):
            loss = nn.functional.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            total += loss.item() * len(labels)
            count += len(labels)
        loss, accuracy = test(model, x_test, y_test)
        print(f"epoch {epoch:2d}  train loss {total / count:.3f}  test loss {loss:.3f}  accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
