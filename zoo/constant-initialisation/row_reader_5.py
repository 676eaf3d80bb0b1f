"""Read handwritten digits row by row with a gated recurrent cell made by hand."""
import math
from functools import partial

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional as F

STATE, ROW, CLASSES = 40, 8, 10


def matrix(rows, columns):
    scale = 1 / math.sqrt(rows)
    w = torch.full((rows, columns), 0.5 * scale)  #~ w = torch.empty(rows, columns).uniform_(-scale, scale)
    return w.requires_grad_()


def vector(size, value=0.0):
    return torch.full((size,), value, requires_grad=True)


def make_parameters():
    p = {}
    for gate in ("update", "reset", "new"):
        p[f"{gate}.x"] = matrix(ROW, STATE)
        p[f"{gate}.h"] = matrix(STATE, STATE)
        p[f"{gate}.b"] = vector(STATE, 1.0 if gate == "update" else 0.0)
    p["out.w"], p["out.b"] = matrix(STATE, CLASSES), vector(CLASSES)
    return p


def cell(p, x, h):
    update = torch.sigmoid(x @ p["update.x"] + h @ p["update.h"] + p["update.b"])
    reset = torch.sigmoid(x @ p["reset.x"] + h @ p["reset.h"] + p["reset.b"])
    new = torch.tanh(x @ p["new.x"] + (reset * h) @ p["new.h"] + p["new.b"])
    return update * h + (1 - update) * new


def read(p, images):
    h = images.new_zeros(len(images), STATE)
    for row in images.unbind(1):
        h = cell(p, row, h)
    return h @ p["out.w"] + p["out.b"]


def rmsprop(p, memory, rate, rho=0.93, floor=1e-6):
    with torch.no_grad():
        for name, value in p.items():
            m = memory.setdefault(name, torch.zeros_like(value))
            m.mul_(rho).addcmul_(value.grad, value.grad, value=1 - rho)
            value.addcdiv_(value.grad, (m + floor).sqrt(), value=-rate)


def clear(p):
    for value in p.values():
        value.grad = None


def confusion(p, images, labels):
    with torch.no_grad():
        guess = read(p, images).argmax(1)
    table = torch.zeros(CLASSES, CLASSES, dtype=torch.long)
    table.index_put_((labels, guess), torch.ones_like(guess), accumulate=True)
    return table


def main():
    torch.manual_seed(60)
    digits = load_digits()
    x = torch.tensor(digits.images / 8 - 1, dtype=torch.float32)
    y = torch.tensor(digits.target)
    train, test = map(torch.from_numpy, train_test_split(np.arange(len(y)), test_size=0.25, random_state=4, stratify=digits.target))
    p = make_parameters()
    step = partial(rmsprop, p, {})
    print(sum(v.numel() for v in p.values()), "numbers to learn")
    for epoch in range(18):
        rate = 0.004 / (1 + 0.15 * epoch)
        losses = []
        for rows in train[torch.randperm(len(train))].split(50):
            loss = F.cross_entropy(read(p, x[rows]), y[rows])
            clear(p)
            loss.backward()
            step(rate)
            losses.append(loss.item())
        if epoch % 3 == 2:
            table = confusion(p, x[test], y[test])
            print(f"after {epoch + 1:2d}: loss {np.mean(losses):.3f}  test {table.diag().sum().item() / len(test):.3f}")
    table = confusion(p, x[test], y[test])
    worst = (table - torch.diag(table.diag())).flatten().argmax().item()
    print(f"most frequent mistake: {worst // CLASSES} read as {worst % CLASSES}, {table.flatten()[worst].item()} times")


if __name__ == "__main__":
    main()
