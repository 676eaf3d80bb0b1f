"""Character-level transformer on documentation strings of the standard library, with label smoothing."""
import argparse
import collections
import functools
import itertools
import random
import re

import torch
import torch.nn as nn
import torch.nn.functional as F


def read_text(limit=40000):
    parts = []
    for module in (itertools, functools, collections, random, argparse):
        for name in [None] + sorted(dir(module)):
            doc = (module if name is None else getattr(module, name)).__doc__
            if isinstance(doc, str) and doc not in parts:
                parts.append(doc)
    return re.sub(r"[^a-z.,]+", " ", " ".join(parts).lower())[:limit]


class CharTransformer(nn.Module):
    def __init__(self, vocab, dim=48, heads=4, layers=1, context=24, dropout=0.0):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.position = nn.Embedding(context, dim)
        layer = nn.TransformerEncoderLayer(dim, heads, 4 * dim, dropout, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(dim), enable_nested_tensor=False)
        self.head = nn.Linear(dim, vocab, bias=False)
        for table in (self.embed, self.position, self.head):
            nn.init.normal_(table.weight, std=0.02)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(context))

    def forward(self, idx):
        t = idx.shape[1]
        x = self.embed(idx) + self.position(torch.arange(t))
        return self.head(self.encoder(x, mask=self.mask[:t, :t]))


def get_batch(data, batch_size, context):
    start = torch.randint(0, len(data) - context, (batch_size,))
    window = torch.stack([data[i:i + context + 1] for i in start.tolist()])
    return window[:, :-1], window[:, 1:]


def main():
    torch.manual_seed(0)
    text = read_text()
    chars = sorted(set(text))
    lookup = {c: i for i, c in enumerate(chars)}
    data = torch.tensor([lookup[c] for c in text])
    split = int(0.9 * len(data))
    train, val = data[:split], data[split:]
    print(f"{len(text)} characters, vocabulary {len(chars)}")

    context, smoothing = 24, 0.1
    model = CharTransformer(len(chars), context=context)
    criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, weight_decay=0.1)
    steps = 600
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps, pct_start=0.1)
    val_starts = range(0, len(val) - context - 1, context)
    val_x = torch.stack([val[i:i + context] for i in val_starts])
    val_y = torch.stack([val[i + 1:i + context + 1] for i in val_starts])

    for step in range(1, steps + 1):
        x, y = get_batch(train, 24, context)
        loss = criterion(model(x).transpose(1, 2), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % 100 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(val_x).transpose(1, 2)
                ce = F.cross_entropy(logits, val_y).item()
                acc = (logits.argmax(1) == val_y).float().mean().item()
            model.train()
            print(f"step {step:4d} train (smoothed) {loss.item():.3f} val ce {ce:.3f} next-character accuracy {acc:.3f}")


if __name__ == "__main__":
    main()
