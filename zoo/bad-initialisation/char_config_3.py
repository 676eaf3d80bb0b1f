import json
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    block: int = 48
    width: int = 64
    heads: int = 4
    layers: int = 2
    dropout: float = 0.0
    lr: float = 2e-3
    steps: int = 500
    batch: int = 24
    start: float = 0.3  #~ start: float = 0.02


cfg = Config()
torch.manual_seed(1337)
text = json.__doc__ + math.__doc__ + torch.nn.Transformer.__doc__ + torch.optim.Adam.__doc__ + nn.LSTM.__doc__ + nn.GRU.__doc__
chars = sorted(set(text))
index = {c: i for i, c in enumerate(chars)}
data = torch.tensor([index[c] for c in text])
cut = int(0.9 * len(data))
train, val = data[:cut], data[cut:]


def draw(part):
    at = torch.randint(len(part) - cfg.block - 1, (cfg.batch,))
    x = torch.stack([part[i : i + cfg.block] for i in at])
    y = torch.stack([part[i + 1 : i + cfg.block + 1] for i in at])
    return x, y


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c.heads
        self.one, self.two = nn.LayerNorm(c.width), nn.LayerNorm(c.width)
        self.qkv = nn.Linear(c.width, 3 * c.width)
        self.proj = nn.Linear(c.width, c.width)
        self.mlp = nn.Sequential(nn.Linear(c.width, 4 * c.width), nn.GELU(), nn.Linear(4 * c.width, c.width))

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = self.qkv(self.one(x)).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(a.transpose(1, 2).reshape(b, t, w))
        return x + self.mlp(self.two(x))


class Model(nn.Module):
    def __init__(self, c, vocab):
        super().__init__()
        self.start = c.start
        self.tok = nn.Embedding(vocab, c.width)
        self.pos = nn.Embedding(c.block, c.width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.width)
        self.head = nn.Linear(c.width, vocab, bias=False)
        self.apply(self._begin)

    def _begin(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=self.start)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, idx, targets=None):
        x = self.tok(idx) + self.pos(torch.arange(idx.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())


model = Model(cfg, len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=0.01)
for step in range(cfg.steps):
    x, y = draw(train)
    _, loss = model(x, y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 100 == 99:
        model.eval()
        with torch.no_grad():
            v = torch.stack([model(*draw(val))[1] for _ in range(8)]).mean()
        model.train()
        print(f"{step + 1} train {loss.item():.3f} val {v.item():.3f}")
