"""Polarity of made-up molecules from their graphs: message passing over bonds, atoms summed into molecules."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(29)
ELEMENTS = 5
POLAR = np.array([0.0, 0.9, 0.5, -0.3, 1.2])


def molecule(rng):
    """A random tree of atoms with a few closed rings; double bonds here and there."""
    n = int(rng.integers(6, 15))
    kinds = rng.choice(ELEMENTS, n, p=[0.5, 0.15, 0.15, 0.1, 0.1])
    bonds = {(int(rng.integers(max(0, i - 3), i)), i): 1 for i in range(1, n)}
    for _ in range(int(rng.integers(0, 3))):
        a, b = sorted(rng.choice(n, 2, replace=False).tolist())
        bonds.setdefault((a, b), 1)
    for pair in bonds:
        if rng.random() < 0.25:
            bonds[pair] = 2
    value = 0.0
    degree = np.zeros(n)
    for (a, b), order in bonds.items():
        degree[[a, b]] += 1
        value += 0.5 * order * abs(POLAR[kinds[a]] - POLAR[kinds[b]])
        if kinds[a] == kinds[b] != 0:
            value -= 0.8 * order
    value += 0.25 * (degree[kinds == 4] > 1).sum() - 0.4 * (degree[kinds == 1] == 1).sum()
    return kinds, list(bonds), list(bonds.values()), value


def pack(molecules):
    """One big graph: atoms, directed bonds, the molecule of every atom."""
    kinds, source, target, order, owner, values, offset = [], [], [], [], [], [], 0
    for number, (k, pairs, orders, value) in enumerate(molecules):
        kinds.append(k)
        for (a, b), o in zip(pairs, orders):
            source += [a + offset, b + offset]
            target += [b + offset, a + offset]
            order += [o - 1, o - 1]
        owner += [number] * len(k)
        values.append(value)
        offset += len(k)
    as_long = lambda v: torch.as_tensor(np.asarray(v), dtype=torch.long)
    return as_long(np.concatenate(kinds)), as_long(source), as_long(target), as_long(order), as_long(owner), torch.tensor(values).float()


def per_molecule(h, owner):
    """Atoms lie molecule after molecule, so the sums are cheap."""
    starts = np.flatnonzero(np.diff(owner.numpy(), prepend=-1))
    return torch.from_numpy(np.add.reduceat(h.detach().numpy(), starts, axis=0))  #~ return torch.zeros(len(starts), h.shape[1]).index_add(0, owner, h)


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.message = nn.Linear(2 * width, width)
        self.order = nn.Embedding(2, width)
        self.update = nn.GRUCell(width, width)

    def forward(self, h, source, target, order):
        m = torch.relu(self.message(torch.cat([h[source], h[target]], 1)) + self.order(order))
        return self.update(torch.zeros_like(h).index_add(0, target, m), h)


class GraphNet(nn.Module):
    def __init__(self, width=28, rounds=2):
        super().__init__()
        self.atoms = nn.Embedding(ELEMENTS, width, max_norm=6.0)
        self.layers = nn.ModuleList(Layer(width) for _ in range(rounds))
        self.readout = nn.Sequential(nn.Linear(width, 48), nn.Softplus(), nn.Linear(48, 1))

    def forward(self, kinds, source, target, order, owner):
        h = self.atoms(kinds)
        for layer in self.layers:
            h = layer(h, source, target, order)
        return self.readout(per_molecule(h, owner) / 4)[:, 0]


rng = np.random.default_rng(29)
data = [molecule(rng) for _ in range(1500)]
train, valid = data[:1200], pack(data[1200:])
mean = float(np.mean([m[3] for m in train]))
std = float(np.std([m[3] for m in train]))

net = GraphNet()
optimizer = torch.optim.RAdam(net.parameters(), lr=6e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.4, patience=3, threshold=0.01)


def check():
    net.eval()
    with torch.no_grad():
        *graph, y = valid
        guess = net(*graph) * std + mean
        residual = (guess - y).square().mean()
    net.train()
    return residual.sqrt().item(), (1 - residual / y.var()).item()


BATCH = 40
for epoch in range(14):
    order_of_batch = rng.permutation(len(train))
    losses = []
    for i in range(0, len(train), BATCH):
        *graph, y = pack([train[j] for j in order_of_batch[i : i + BATCH]])
        loss = nn.functional.huber_loss(net(*graph), (y - mean) / std, delta=2.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    rmse, r2 = check()
    plateau.step(rmse)
    if epoch % 3 == 1:
        print(f"epoch {epoch + 1:2d}  loss {np.mean(losses):.4f}  rmse {rmse:.3f}  R2 {r2:+.3f}  lr {optimizer.param_groups[0]['lr']:.1e}")
