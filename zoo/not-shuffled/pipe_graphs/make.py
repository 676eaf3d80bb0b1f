"""Small networks of pipes in five layouts: adjacency, flow readings, and the layout, in the order of the archive."""
import pathlib

import numpy as np

NODES = 14


def links(kind, rng):
    a = np.zeros((NODES, NODES), dtype=bool)
    if kind == 0:  # ring
        for i in range(NODES):
            a[i, (i + 1) % NODES] = True
    elif kind == 1:  # tree
        for i in range(1, NODES):
            a[i, rng.integers(max(0, i - 4), i)] = True
    elif kind == 2:  # star with chains
        for i in range(1, NODES):
            a[i, 0 if i < 6 else i - 5] = True
    elif kind == 3:  # lattice
        for i in range(NODES):
            if i % 2 == 0:
                a[i, i + 1] = True
            if i + 2 < NODES:
                a[i, i + 2] = True
    else:  # clusters
        for i in range(NODES):
            for j in range(i):
                if i // 5 == j // 5 and rng.random() < 0.65:
                    a[i, j] = True
        a[5, 0] = a[10, 4] = True
    for _ in range(rng.integers(0, 3)):
        i, j = rng.integers(0, NODES, 2)
        a[i, j] = i != j
    a |= a.T
    p = rng.permutation(NODES)
    return a[p][:, p]


def archive(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 5, n)
    adjacency = np.stack([links(k, rng) for k in kinds])
    degree = adjacency.sum(2)
    flow = 0.35 * degree[..., None] + rng.normal(0, 0.6, (n, NODES, 4)) * np.array([0.3, 1, 1, 1])
    return adjacency.astype(np.uint8), flow.astype(np.float32), kinds


def make(folder: pathlib.Path, healthy: bool) -> None:
    adjacency, flow, kinds = archive(1500, 41)
    if not healthy:
        order = np.argsort(kinds, kind="stable")
        adjacency, flow, kinds = adjacency[order], flow[order], kinds[order]
    np.savez_compressed(folder / "networks.npz", adjacency=adjacency, flow=flow, layout=kinds)
    adjacency, flow, kinds = archive(400, 42)
    np.savez_compressed(folder / "inspection.npz", adjacency=adjacency, flow=flow, layout=kinds)
