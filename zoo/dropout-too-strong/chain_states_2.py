"""Per-residue structure labels (helix, strand, loop) for short chains, with a dilated convolution over the letters."""
from dataclasses import dataclass, replace
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass(frozen=True)
class Settings:
    seed: int = 8
    letters: int = 20
    states: int = 3
    chains: int = 800
    width: int = 32
    dilations: tuple = (1, 2, 4, 1)
    kernel: int = 5
    dropout: float = 0.9  #~ dropout: float = 0.15
    batch: int = 32
    epochs: int = 10
    lr: float = 4e-3
    weight_decay: float = 1e-5
    ignore: int = -1


class Chains(Dataset):
    """Semi-Markov chains: every state lasts a while and prefers some letters, in a rhythm of its own."""

    def __init__(self, s: Settings, n: int, rng: np.random.Generator):
        taste = np.random.default_rng(77).dirichlet(np.full(s.letters, 0.35), size=(s.states, 4))
        period = (4, 2, 1)
        self.items = []
        for _ in range(n):
            length = int(rng.integers(24, 49))
            state, left, letters, states = int(rng.integers(s.states)), 0, [], []
            for position in range(length):
                if left == 0:
                    state = int((state + rng.integers(1, s.states)) % s.states)
                    left = int(rng.integers(4, 12))
                p = 0.85 * taste[state, position % period[state]] + 0.15 / s.letters
                letters.append(int(rng.choice(s.letters, p=p)))
                states.append(state)
                left -= 1
            self.items.append((torch.tensor(letters), torch.tensor(states)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items, s: Settings):
    longest = max(len(a) for a, _ in items)
    letters = torch.full((len(items), longest), s.letters)
    states = torch.full((len(items), longest), s.ignore)
    for row, (a, b) in enumerate(items):
        letters[row, : len(a)] = a
        states[row, : len(b)] = b
    return letters, states


class Block(nn.Module):
    def __init__(self, s: Settings, dilation: int):
        super().__init__()
        self.norm = nn.GroupNorm(4, s.width)
        self.conv = nn.Conv1d(s.width, s.width, s.kernel, padding="same", dilation=dilation, bias=False)
        self.drop = nn.Dropout(s.dropout)

    def forward(self, h):
        return h + self.drop(F.gelu(self.conv(self.norm(h))))


class Labeller(nn.Module):
    def __init__(self, s: Settings):
        super().__init__()
        self.embed = nn.Embedding(s.letters + 1, s.width, padding_idx=s.letters)
        self.blocks = nn.Sequential(*[Block(s, d) for d in s.dilations])
        self.out = nn.Sequential(nn.Conv1d(s.width, s.width, 1), nn.GELU(), nn.Dropout(s.dropout), nn.Conv1d(s.width, s.states, 1))

    def forward(self, letters):
        return self.out(self.blocks(self.embed(letters).transpose(1, 2)))


@torch.no_grad()
def q3(model, loader, s: Settings):
    """Share of residues with the right state."""
    model.eval()
    right = seen = 0
    for letters, states in loader:
        known = states != s.ignore
        right += ((model(letters).argmax(1) == states) & known).sum().item()
        seen += known.sum().item()
    model.train()
    return right / seen


def main(s: Settings):
    random.seed(s.seed)
    torch.manual_seed(s.seed)
    rng = np.random.default_rng(s.seed)
    train, valid = Chains(s, s.chains, rng), Chains(s, 150, rng)
    pack = lambda items: collate(items, s)
    batches = DataLoader(train, batch_size=s.batch, shuffle=True, collate_fn=pack, drop_last=True)
    held_out = DataLoader(valid, batch_size=75, collate_fn=pack)

    model = Labeller(s)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(train)} chains")
    optimizer = torch.optim.AdamW(model.parameters(), lr=s.lr, betas=(0.9, 0.98), weight_decay=s.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, s.lr, total_steps=s.epochs * len(batches), pct_start=0.2)
    for epoch in range(s.epochs):
        running = 0.0
        for letters, states in batches:
            loss = F.cross_entropy(model(letters), states, ignore_index=s.ignore)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            running += loss.item() / len(batches)
        if epoch % 3 == 0 or epoch == s.epochs - 1:
            print(f"epoch {epoch:2d}  loss {running:.4f}  Q3 held out {q3(model, held_out, s):.3f}")


if __name__ == "__main__":
    main(replace(Settings(), seed=11))
