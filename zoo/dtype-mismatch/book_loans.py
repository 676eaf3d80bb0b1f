"""Spread a few known subjects over a graph of library books that are borrowed together."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def library(rng, books=420, subjects=6, readers=900):
    """Each reader has one or two subjects and borrows mostly within them; two books share an edge per common reader."""
    subject = rng.integers(0, subjects, books)
    shelves = [np.flatnonzero(subject == s) for s in range(subjects)]
    together = np.zeros((books, books))
    for _ in range(readers):
        liked = rng.choice(subjects, rng.integers(1, 3), replace=False)
        taken = [rng.choice(shelves[rng.choice(liked)]) if rng.random() < 0.75 else rng.integers(books) for _ in range(5)]
        for a in taken:
            for b in taken:
                together[a, b] += a != b
    hints = rng.normal(size=(subjects, 24))
    described = hints[subject] * 0.35 + rng.normal(size=(books, 24))
    return together, described.astype(np.float32), subject


def normalised(together):
    """Symmetric normalisation with self loops."""
    weight = np.log1p(together) + np.eye(len(together))
    root = 1.0 / np.sqrt(weight.sum(axis=1))
    return weight * root[:, None] * root[None, :]


class GraphLayer(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, spread):
        return spread @ (x @ self.weight) + self.bias


class BookNet(nn.Module):
    def __init__(self, inputs, hidden, subjects, drop=0.3):
        super().__init__()
        self.one = GraphLayer(inputs, hidden)
        self.two = GraphLayer(hidden, subjects)
        self.drop = drop

    def forward(self, x, spread):
        h = F.relu(self.one(F.dropout(x, self.drop, self.training), spread))
        return self.two(F.dropout(h, self.drop, self.training), spread)


def evaluate(net, x, spread, y, rows):
    net.eval()
    with torch.no_grad():
        logits = net(x, spread)[rows]
    return F.cross_entropy(logits, y[rows]).item(), (logits.argmax(1) == y[rows]).float().mean().item()


def main():
    rng = np.random.default_rng(30)
    torch.manual_seed(30)
    together, described, subject = library(rng)
    spread = torch.from_numpy(normalised(together))  #~ spread = torch.from_numpy(normalised(together)).float()
    x, y = torch.from_numpy(described), torch.from_numpy(subject)
    order = torch.from_numpy(rng.permutation(len(x)))
    known, val, rest = order[:90], order[90:150], order[150:]
    print(f"{len(x)} books, {int((together > 0).sum() / 2)} edges, {len(known)} known subjects")

    net = BookNet(x.shape[1], hidden=32, subjects=int(y.max()) + 1)
    optimizer = torch.optim.Adam([
        {"params": net.one.parameters(), "weight_decay": 5e-3},
        {"params": net.two.parameters(), "weight_decay": 0.0},
    ], lr=0.01)
    best, wait = float("inf"), 0
    for step in range(1, 301):
        net.train()
        loss = F.cross_entropy(net(x, spread)[known], y[known])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        val_loss, val_right = evaluate(net, x, spread, y, val)
        wait = 0 if val_loss < best else wait + 1
        best = min(best, val_loss)
        if step % 30 == 0:
            print(f"step {step:3d}  loss {loss.item():.3f}  val {val_loss:.3f}  right {val_right:.3f}")
        if wait > 60:
            break
    print("other books: loss %.3f, right %.3f" % evaluate(net, x, spread, y, rest))


if __name__ == "__main__":
    main()
