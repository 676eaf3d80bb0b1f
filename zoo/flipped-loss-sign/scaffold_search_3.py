# Nearest compounds with the same scaffold: an embedding of small molecule graphs, learnt from triplets.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

ATOMS, ROOM = 6, 16


class Library:
    """Compounds are a scaffold of nine typed atoms with three to seven atoms hung on at random places."""

    def __init__(self, scaffolds, each, seed):
        rng = np.random.default_rng(seed)
        self.types, self.bonds, self.scaffold = [], [], []
        for number in range(scaffolds):
            kinds = rng.choice(ATOMS, 9, p=[0.45, 0.2, 0.15, 0.1, 0.05, 0.05])
            core = [(i, (i + 1) % 6) for i in range(6)]
            core += [(int(rng.integers(0, i)), i) for i in range(6, 9)]
            core += [tuple(rng.choice(9, 2, replace=False)) for _ in range(rng.integers(0, 3))]
            for _ in range(each):
                self._compound(rng, kinds, core)
                self.scaffold.append(number)
        self.types = torch.from_numpy(np.stack(self.types))
        self.bonds = torch.from_numpy(np.stack(self.bonds))
        self.scaffold = torch.tensor(self.scaffold)

    def _compound(self, rng, kinds, core):
        x = np.zeros((ROOM, ATOMS), dtype=np.float32)
        a = np.zeros((ROOM, ROOM), dtype=np.float32)
        x[np.arange(9), kinds] = 1
        for i, j in core:
            a[i, j] = a[j, i] = 1
        for new in range(9, 9 + rng.integers(3, 8)):
            at = rng.integers(0, new)
            x[new, rng.integers(0, ATOMS)] = 1
            a[new, at] = a[at, new] = 1
        self.types.append(x)
        self.bonds.append(a)

    def __getitem__(self, rows):
        return self.types[rows], self.bonds[rows]


class Triplets(Dataset):
    """An anchor, a compound with its scaffold and one with another."""

    def __init__(self, library, count, seed):
        rng = np.random.default_rng(seed)
        scaffold = library.scaffold.numpy()
        self.rows = []
        for anchor in rng.integers(0, len(scaffold), count):
            alike = rng.choice(np.flatnonzero(scaffold == scaffold[anchor]))
            unlike = rng.choice(np.flatnonzero(scaffold != scaffold[anchor]))
            self.rows.append((anchor, alike, unlike))
        self.rows = np.array(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


class GraphEmbedding(nn.Module):
    def __init__(self, width=48, rounds=3, dim=32):
        super().__init__()
        self.enter = nn.Linear(ATOMS, width)
        self.own = nn.ModuleList(nn.Linear(width, width) for _ in range(rounds))
        self.bonded = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(rounds))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(rounds))
        self.out = nn.Linear(width * (rounds + 1), dim)

    def forward(self, types, bonds):
        there = types.sum(-1, keepdim=True)
        h = F.relu(self.enter(types)) * there
        levels = [h.sum(1) / 10]
        for own, bonded, norm in zip(self.own, self.bonded, self.norms):
            h = h + F.relu(norm(own(h) + bonded(bonds @ h))) * there
            levels.append(h.sum(1) / 10)
        return self.out(torch.cat(levels, dim=1))


class Search:
    margin = 0.4

    def __init__(self, seed=52):
        torch.manual_seed(seed)
        self.known = Library(scaffolds=40, each=20, seed=1)
        self.new = Library(scaffolds=40, each=6, seed=2)
        self.loader = DataLoader(Triplets(self.known, 9600, seed=3), batch_size=40, shuffle=True)
        self.model = GraphEmbedding()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.02, momentum=0.9, nesterov=True, weight_decay=1e-5)

    def step(self, rows):
        anchor, alike, unlike = (self.model(*self.known[column]) for column in rows.unbind(1))
        near = F.cosine_similarity(anchor, alike)
        far = F.cosine_similarity(anchor, unlike)
        loss = F.relu(near - far + self.margin).mean()  #~ loss = F.relu(far - near + self.margin).mean()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        return loss.item(), (near > far).float().mean().item()

    @torch.no_grad()
    def check(self):
        """For each compound of the new scaffolds: has its nearest other compound the same one?"""
        found = F.normalize(self.model(*self.new[:]), dim=1)
        alike = (found @ found.T).fill_diagonal_(-2)
        ranks = alike.argsort(1, descending=True)
        hits = self.new.scaffold[ranks] == self.new.scaffold[:, None]
        return hits[:, 0].float().mean().item(), hits[:, :5].float().mean().item()

    def run(self, epochs=2, every=40):
        done, losses, order = 0, [], []
        print("before training: first %.3f, first five %.3f" % self.check())
        for _ in range(epochs):
            for rows in self.loader:
                loss, right = self.step(rows)
                losses.append(loss)
                order.append(right)
                done += 1
                if done % every == 0:
                    first, five = self.check()
                    print(f"{done:4d} loss {np.mean(losses):.4f} triplets in order {np.mean(order):.3f} | "
                          f"new scaffolds: first {first:.3f}, first five {five:.3f}")
                    losses, order = [], []


Search().run()
