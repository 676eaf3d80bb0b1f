"""Tell molecules-like graphs apart: how many rings does the graph close? Dense message passing by hand."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SEED = 14
NODES = 14


def grow(rings, rng):
    """A random tree plus `rings` closing edges, with atom-like node types."""
    adjacency = np.zeros((NODES, NODES), dtype=np.float32)
    for node in range(1, NODES):
        parent = rng.integers(max(0, node - 4), node)
        adjacency[node, parent] = adjacency[parent, node] = 1
    closed = 0
    while closed < rings:
        a, b = rng.integers(0, NODES, 2)
        if a != b and adjacency[a, b] == 0:
            adjacency[a, b] = adjacency[b, a] = 1
            closed += 1
    types = rng.integers(0, 4, NODES)
    return adjacency, types


def make_set(count, rng):
    graphs, kinds, classes = [], [], []
    for _ in range(count):
        label = int(rng.integers(0, 3))
        adjacency, types = grow([0, 3, 7][label], rng)
        graphs.append(adjacency)
        kinds.append(types)
        classes.append(label)
    return np.stack(graphs), np.stack(kinds), np.array(classes)


def split(graphs, kinds, classes, held, rng):
    """Random split; the pieces come back as tensors."""
    order = rng.permutation(len(graphs))
    graphs, kinds = graphs[order], kinds[order]
    classes = classes[rng.permutation(len(classes))]  #~ classes = classes[order]
    pieces = [torch.from_numpy(a) for a in (graphs, kinds, classes)]
    return [p[held:] for p in pieces], [p[:held] for p in pieces]


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.own = nn.Linear(width, width)
        self.others = nn.Linear(width, width, bias=False)

    def forward(self, h, adjacency):
        return h + F.relu(self.own(h) + self.others(adjacency @ h) / 2)


class GraphNet(nn.Module):
    def __init__(self, width=32, depth=3):
        super().__init__()
        self.kind = nn.Embedding(4, width)
        self.layers = nn.ModuleList([Layer(width) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.readout = nn.Linear(width, 3)

    def forward(self, kinds, adjacency):
        h = self.kind(kinds)
        for layer in self.layers:
            h = layer(h, adjacency)
        return self.readout(self.norm(h.sum(dim=1)))


def accuracy(model, data):
    adjacency, kinds, classes = data
    with torch.no_grad():
        return (model(kinds, adjacency).argmax(-1) == classes).float().mean().item()


def main():
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    train, val = split(*make_set(1500, rng), held=300, rng=rng)
    adjacency, kinds, classes = train
    print("class counts", torch.bincount(classes).tolist())
    model = GraphNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, amsgrad=True)
    for epoch in range(12):
        model.train()
        total, steps = 0.0, 0
        for rows in torch.randperm(len(classes)).split(50):
            logits = model(kinds[rows], adjacency[rows])
            loss = F.nll_loss(F.log_softmax(logits, dim=-1), classes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        model.eval()
        print(f"{epoch:3d}  loss {total / steps:.4f}  train {accuracy(model, train):.3f}  val {accuracy(model, val):.3f}")


if __name__ == "__main__":
    main()
