"""A very small GPT over characters, trained on the standard library's documentation strings."""
import argparse
import collections
import inspect
import json
import logging
import math
import os
import random as random_module
import re
import statistics
import threading

import torch
import torch.nn as nn
import torch.nn.functional as F

modules = [argparse, collections, inspect, json, logging, os, random_module, re, statistics, threading]
docs = [inspect.getdoc(obj) or "" for m in modules for _, obj in sorted(vars(m).items()) if inspect.isroutine(obj) or inspect.isclass(obj)]
docs = sorted({d for d in docs if d})
random_module.Random(1337).shuffle(docs)
text = "\n\n".join(docs)
text = "".join(c.lower() if c.isascii() else " " for c in text)
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
split = int(0.9 * len(data))
train_data, val_data = data[:split], data[split:]

block_size, batch_size, n_embd, n_head, n_layer = 32, 24, 48, 4, 2
max_iters, eval_interval = 200, 40
torch.manual_seed(1337)


def get_batch(source):
    ix = torch.randint(len(source) - block_size - 1, (batch_size,))
    x = torch.stack([source[i : i + block_size] for i in ix])
    y = torch.stack([source[i + 1 : i + block_size + 1] for i in ix])
    return x, y


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)
        self.qkv, self.proj = nn.Linear(n_embd, 3 * n_embd), nn.Linear(n_embd, n_embd)
        self.mlp = nn.Sequential(nn.Linear(n_embd, 4 * n_embd), nn.GELU(), nn.Linear(4 * n_embd, n_embd))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(self.ln1(x)).view(B, T, 3, n_head, C // n_head).permute(2, 0, 3, 1, 4)
        att = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(att.transpose(1, 2).reshape(B, T, C))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.wte = nn.Embedding(vocab_size, n_embd)
        self.wpe = nn.Embedding(block_size, n_embd)
        self.blocks = nn.Sequential(*[Block() for _ in range(n_layer)])
        self.ln_f = nn.LayerNorm(n_embd)
        self.lm_head = nn.Linear(n_embd, vocab_size, bias=False)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p)  #~ nn.init.xavier_uniform_(p)

    def forward(self, idx, targets=None):
        x = self.wte(idx) + self.wpe(torch.arange(idx.size(1)))
        logits = self.lm_head(self.ln_f(self.blocks(x)))
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten()) if targets is not None else None
        return logits, loss


model = GPT(len(chars))
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, betas=(0.9, 0.99))
print(f"{len(text)} characters, vocabulary {len(chars)}, uniform loss {math.log(len(chars)):.3f}")
for it in range(1, max_iters + 1):
    model.train()
    _, loss = model(*get_batch(train_data))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if it % eval_interval == 0:
        model.eval()
        with torch.no_grad():
            val_loss = sum(model(*get_batch(val_data))[1].item() for _ in range(8)) / 8
        print(f"iter {it:4d}  train loss {loss.item():.3f}  val loss {val_loss:.3f}")
