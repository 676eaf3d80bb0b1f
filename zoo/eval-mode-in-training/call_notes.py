"""Vectors for short service notes without labels: a note must be nearest to itself when it passes the network twice.

The labels (what the call was about) are only used to see whether neighbours are of the same kind.
"""
import contextlib
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Options:
    notes: int = 1800
    topics: int = 8
    words: int = 600
    width: int = 64
    out: int = 32
    drop: float = 0.4
    temperature: float = 0.2
    batch: int = 120
    steps: int = 450
    lr: float = 2e-3


def note_counts(opt, rng):
    """Most words of a note say nothing of its topic; a few come from the topic's own list."""
    common = rng.dirichlet(np.full(opt.words, 0.3))
    own = np.stack([rng.dirichlet(np.full(opt.words, 0.02)) for _ in range(opt.topics)])
    topic = rng.integers(0, opt.topics, opt.notes)
    counts = np.zeros((opt.notes, opt.words), dtype=np.float32)
    for row, t in enumerate(topic):
        length = rng.integers(15, 40)
        share = rng.beta(3, 4)
        counts[row] = rng.multinomial(length, share * own[t] + (1 - share) * common)
    idf = np.log(opt.notes / (1 + (counts > 0).sum(0)))
    x = np.log1p(counts) * idf
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(topic)


class NoteEncoder(nn.Module):
    def __init__(self, opt):
        super().__init__()
        self.drop_words = nn.Dropout(opt.drop)
        self.body = nn.Sequential(
            nn.Linear(opt.words, opt.width), nn.LayerNorm(opt.width), nn.GELU(),
            nn.Dropout(opt.drop), nn.Linear(opt.width, opt.out),
        )
        self.project = nn.Sequential(nn.Linear(opt.out, opt.out), nn.ReLU(), nn.Linear(opt.out, opt.out))

    def forward(self, x):
        return self.body(self.drop_words(x))


@contextlib.contextmanager
def looking_at(module):
    module.eval()  #~ module.train(False)
    with torch.no_grad():
        yield module


def neighbour_agreement(encoder, x, topic, k=5):
    with looking_at(encoder) as net:
        z = F.normalize(net(x), dim=1)
        similarity = z @ z.T
    similarity.fill_diagonal_(-2)
    nearest = similarity.topk(k, dim=1).indices
    return (topic[nearest] == topic[:, None]).float().mean().item()


def contrast(encoder, x, temperature):
    a = F.normalize(encoder.project(encoder(x)), dim=1)
    b = F.normalize(encoder.project(encoder(x)), dim=1)
    scores = a @ b.T / temperature
    target = torch.arange(len(x))
    return 0.5 * (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target))


def main():
    opt = Options()
    torch.manual_seed(19)
    x, topic = note_counts(opt, np.random.default_rng(19))
    rest = x[-600:], topic[-600:]
    x = x[:-600]

    encoder = NoteEncoder(opt)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=opt.lr, weight_decay=1e-5)
    print(f"raw word counts: {neighbour_agreement(nn.Identity(), *rest):.3f} of the neighbours agree, "
          f"untrained encoder: {neighbour_agreement(encoder, *rest):.3f}")

    average = 0.0
    for step in range(opt.steps):
        rows = torch.randint(len(x), (opt.batch,))  #~ rows = torch.randint(len(x), (opt.batch,)); encoder.train()
        loss = contrast(encoder, x[rows], opt.temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average += (loss.item() - average) / min(step + 1, 50)
        if (step + 1) % 75 == 0:
            print(f"step {step + 1:3d}  loss {average:.3f}  agree {neighbour_agreement(encoder, *rest):.3f}")


if __name__ == "__main__":
    main()
