"""Tags the parts of postal addresses (street, number, unit, town, code) in unpunctuated text."""
import math
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

TAGS = ["street", "number", "unit", "town", "code", "other"]
NAMES = "oak mill river church king queen station park north lake hill green stone bridge market abbey".split()
KINDS = "street road lane way avenue".split()
FILLERS = "please deliver to near the attention of parcel for".split()


@dataclass
class Config:
    width: int = 48
    heads: int = 4
    blocks: int = 3
    length: int = 16
    steps: int = 260
    batch: int = 32
    accumulate: int = 2
    lr: float = 1.5e-3


def address(rng):
    """Names occur in streets and in towns; a number may be a house, a unit or a code."""
    street = [(w, "street") for w in rng.sample(NAMES, rng.choice([1, 2]))] + [(rng.choice(KINDS), "street")]
    number = [(str(rng.randint(1, 40)), "number")]
    town = [(rng.choice(NAMES), "town")]
    code = [(str(rng.randint(1, 40)), "code"), (str(rng.randint(1, 40)), "code")]
    unit = [("flat", "unit"), (str(rng.randint(1, 40)), "unit")] if rng.random() < 0.5 else []
    first = street + number if rng.random() < 0.5 else number + street
    rest = town + code if rng.random() < 0.6 else code + town
    words = (unit + first if rng.random() < 0.5 else first + unit) + rest
    for _ in range(rng.randint(0, 3)):
        words.insert(0, (rng.choice(FILLERS), "other"))
    return words


class Block(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.heads = cfg.heads
        self.norm1, self.norm2 = nn.LayerNorm(cfg.width), nn.LayerNorm(cfg.width)
        self.qkv = nn.Linear(cfg.width, 3 * cfg.width, bias=False)
        self.mix = nn.Linear(cfg.width, cfg.width)
        self.mlp = nn.Sequential(nn.Linear(cfg.width, 3 * cfg.width), nn.GELU(), nn.Linear(3 * cfg.width, cfg.width))

    def forward(self, x, mask):
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        score = q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)
        score = score.masked_fill(mask[:, None, None, :], -1e4)
        x = x + self.mix((score.softmax(-1) @ v).transpose(1, 2).reshape(n, t, d))
        return x + self.mlp(self.norm2(x))


class Tagger(nn.Module):
    def __init__(self, vocab, cfg):
        super().__init__()
        self.words = nn.Embedding(vocab, cfg.width, padding_idx=0)
        self.places = nn.Parameter(torch.zeros(cfg.length, cfg.width))
        self.blocks = nn.ModuleList(Block(cfg) for _ in range(cfg.blocks))
        self.norm = nn.LayerNorm(cfg.width)
        self.head = nn.Linear(cfg.width, len(TAGS))
        nn.init.normal_(self.places, std=0.02)
        self.apply(self.reset)

    def reset(self, module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=1.0)  #~ nn.init.normal_(module.weight, std=0.05)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, tokens):
        x = self.words(tokens) + self.places[:tokens.shape[1]]
        for block in self.blocks:
            x = block(x, tokens == 0)
        return self.head(self.norm(x))


def tensors(lines, vocab, length):
    x = torch.zeros(len(lines), length, dtype=torch.long)
    y = torch.full((len(lines), length), -100)
    for row, line in enumerate(lines):
        for column, (word, tag) in enumerate(line[:length]):
            x[row, column], y[row, column] = vocab[word], TAGS.index(tag)
    return x, y


def main():
    cfg = Config()
    torch.manual_seed(31)
    rng = random.Random(31)
    vocab = {"<pad>": 0}
    for word in NAMES + KINDS + FILLERS + ["flat"] + [str(i) for i in range(1, 41)]:
        vocab[word] = len(vocab)
    train_x, train_y = tensors([address(rng) for _ in range(4000)], vocab, cfg.length)
    val_x, val_y = tensors([address(rng) for _ in range(600)], vocab, cfg.length)

    model = Tagger(len(vocab), cfg)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr, betas=(0.9, 0.98), eps=1e-9)
    warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 30))
    running = 0.0
    for step in range(cfg.steps):
        model.train()
        optimizer.zero_grad()
        for _ in range(cfg.accumulate):
            rows = torch.randint(len(train_x), (cfg.batch,))
            logits = model(train_x[rows])
            loss = F.cross_entropy(logits.flatten(0, 1), train_y[rows].flatten()) / cfg.accumulate
            loss.backward()
            running += loss.item()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warmup.step()
        if (step + 1) % 26 == 0:
            model.eval()
            with torch.no_grad():
                guess = model(val_x).argmax(-1)
            real = val_y >= 0
            word = (guess == val_y)[real].float().mean()
            whole = ((guess == val_y) | ~real).all(1).float().mean()
            print(f"step {step + 1:3d} loss {running / 26:.3f} tags right {word:.3f} addresses right {whole:.3f}")
            running = 0.0


if __name__ == "__main__":
    main()
