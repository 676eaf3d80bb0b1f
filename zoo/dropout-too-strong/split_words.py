"""Put the blanks back: predict after which letters of a run-together text a word ends."""
import argparse
import decimal
import re
import statistics
import textwrap
import unittest
from dataclasses import dataclass, field

import torch
from torch import nn

SOURCES = [argparse, decimal, statistics, textwrap, unittest]


@dataclass
class Config:
    seed: int = 3
    embedding: int = 27
    channels: int = 64
    kernel: int = 7
    depth: int = 3
    dropout: float = 0.8  #~ dropout: float = 0.1
    chunk: int = 59
    batch_size: int = 21
    lr: float = 2e-3
    rho: float = 0.93
    eps: float = 1e-5
    end_weight: float = 1.3
    clip_value: float = 2.0
    epochs: int = 14
    milestones: list = field(default_factory=lambda: [10, 12])


def collect():
    """All docstrings of the modules, as (letters, ends) over the letters a-z."""
    texts = []
    for module in SOURCES:
        texts.append(module.__doc__ or "")
        for name in sorted(vars(module)):
            member = getattr(module, name)
            if callable(member) and isinstance(getattr(member, "__doc__", None), str):
                texts.append(member.__doc__)
                if isinstance(member, type):
                    for attr in sorted(vars(member)):
                        doc = getattr(getattr(member, attr, None), "__doc__", None)
                        if isinstance(doc, str):
                            texts.append(doc)
    words = re.findall(r"[a-z]+", " ".join(dict.fromkeys(texts)).lower())
    letters = torch.tensor([ord(c) - 97 for w in words for c in w])
    ends = torch.tensor([float(i == len(w) - 1) for w in words for i in range(len(w))])
    return letters, ends


class Splitter(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embed = nn.Embedding(26, cfg.embedding)
        layers, width = [], cfg.embedding
        for _ in range(cfg.depth):
            layers += [
                nn.Conv1d(width, cfg.channels, cfg.kernel, padding=cfg.kernel // 2),
                nn.SiLU(),
                nn.Dropout(cfg.dropout),
            ]
            width = cfg.channels
        self.body = nn.Sequential(*layers)
        self.score = nn.Conv1d(width, 1, 1)

    def forward(self, letters):
        h = self.embed(letters).transpose(1, 2)
        return self.score(self.body(h)).squeeze(1)


def f1(logits, ends):
    guess = logits > 0
    hit = (guess & (ends > 0.5)).sum().item()
    return 2 * hit / max(1, guess.sum().item() + int(ends.sum().item()))


def main(cfg=Config()):
    torch.manual_seed(cfg.seed)
    letters, ends = collect()
    n = len(letters) // cfg.chunk
    letters = letters[:n * cfg.chunk].view(n, cfg.chunk)
    ends = ends[:n * cfg.chunk].view(n, cfg.chunk)
    order = torch.randperm(n)
    held, rest = order[:n // 6], order[n // 6:]
    print(f"{n} chunks of {cfg.chunk} letters, {ends.mean():.2f} of the letters end a word")

    model = Splitter(cfg)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=cfg.lr, alpha=cfg.rho, eps=cfg.eps)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, cfg.milestones, gamma=0.4)
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(cfg.end_weight))

    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        batches = rest[torch.randperm(len(rest))].split(cfg.batch_size)
        for pick in batches:
            loss = criterion(model(letters[pick]), ends[pick])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_value_(model.parameters(), cfg.clip_value)
            optimizer.step()
            total += loss.item()
        schedule.step()
        model.eval()
        with torch.no_grad():
            logits = model(letters[held])
            val = criterion(logits, ends[held]).item()
        print(f"epoch {epoch:2d}  train {total / len(batches):.4f}  held-out {val:.4f}  f1 {f1(logits, ends[held]):.3f}")


if __name__ == "__main__":
    main()
