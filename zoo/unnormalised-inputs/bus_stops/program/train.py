# How busy will a stop be (four grades)?  Graph convolutions over the bus network, written out with a sparse matrix.
import json
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = Path(__file__).parent
GRADES = ["quiet", "steady", "busy", "crowded"]


def load_network(path):
    with open(path) as handle:
        network = json.load(handle)
    columns = network["columns"]
    table = torch.tensor([[stop[c] for c in columns] for stop in network["stops"]], dtype=torch.float32)
    grade = torch.tensor([GRADES.index(stop["grade"]) for stop in network["stops"]])
    links = torch.tensor(network["links"]).t()
    return columns, table, grade, links


def smoothing_matrix(links, n):
    both = torch.cat([links, links.flip(0), torch.arange(n).repeat(2, 1)], dim=1)
    degree = torch.zeros(n).index_add_(0, both[0], torch.ones(both.shape[1]))
    value = degree[both[0]].rsqrt() * degree[both[1]].rsqrt()
    return torch.sparse_coo_tensor(both, value, (n, n), check_invariants=False).coalesce()


class Spread(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.own = nn.Linear(fan_in, fan_out)
        self.near = nn.Linear(fan_in, fan_out, bias=False)

    def forward(self, a, h):
        return self.own(h) + torch.sparse.mm(a, self.near(h))


class StopNet(nn.Module):
    def __init__(self, columns, width=48):
        super().__init__()
        self.one, self.two = Spread(columns, width), Spread(width, width)
        self.grade = nn.Linear(width, len(GRADES))

    def forward(self, a, x):
        h = torch.tanh(self.one(a, x))
        h = F.dropout(h, 0.15, self.training)
        h = torch.tanh(self.two(a, h))
        return self.grade(h)


def f1_per_grade(guess, truth):
    scores = []
    for k in range(len(GRADES)):
        hit = ((guess == k) & (truth == k)).sum()
        scores.append((2 * hit / ((guess == k).sum() + (truth == k).sum()).clamp(min=1)).item())
    return scores


torch.manual_seed(36)
columns, x, y, links = load_network(HERE / "network.json")
n = len(x)
a = smoothing_matrix(links, n)
order = torch.randperm(n)
train, valid, test = order[: n // 2], order[n // 2: 3 * n // 4], order[3 * n // 4:]
print(f"{n} stops, {links.shape[1]} links, columns: {', '.join(columns)}")

model = StopNet(len(columns))
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.03, weight_decay=1e-4)
share = torch.bincount(y[train], minlength=len(GRADES)) / len(train)
best, best_state = 0.0, None

for epoch in range(1, 301):
    model.train()
    picked = train[torch.rand(len(train)) < 0.8]
    loss = F.cross_entropy(model(a, x)[picked], y[picked], weight=share.rsqrt())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    if epoch % 10 == 0:
        model.eval()
        with torch.no_grad():
            guess = model(a, x).argmax(dim=1)
        right = (guess[valid] == y[valid]).float().mean().item()
        if right > best:
            best, best_state = right, {k: v.clone() for k, v in model.state_dict().items()}
        if epoch % 50 == 0:
            print(f"epoch {epoch:3d}  loss {loss.item():.4f}  valid {right:.3f}")

model.load_state_dict(best_state)
model.eval()
with torch.no_grad():
    guess = model(a, x).argmax(dim=1)
print("test", f"{(guess[test] == y[test]).float().mean().item():.3f}",
      " ".join(f"{g} {s:.2f}" for g, s in zip(GRADES, f1_per_grade(guess[test], y[test]))))
