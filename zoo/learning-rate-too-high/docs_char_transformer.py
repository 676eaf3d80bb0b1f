import argparse
import statistics
import textwrap

import torch
import torch.nn as nn
import torch.nn.functional as F


def corpus():
    members = [getattr(statistics, name) for name in statistics.__all__]
    text = "\n".join(textwrap.dedent(m.__doc__ or "") for m in members)
    return "".join(c for c in text.lower() if c.isascii())


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x, mask):
        h = self.norm1(x)
        x = x + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class CharModel(nn.Module):
    def __init__(self, vocab, context, dim=32, heads=4, depth=2):
        super().__init__()
        self.token = nn.Embedding(vocab, dim)
        self.position = nn.Embedding(context, dim)
        self.blocks = nn.ModuleList([Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocab)
        self.register_buffer("mask", torch.triu(torch.ones(context, context, dtype=torch.bool), diagonal=1))

    def forward(self, ids):
        n = ids.size(1)
        x = self.token(ids) + self.position(torch.arange(n))
        for block in self.blocks:
            x = block(x, self.mask[:n, :n])
        return self.head(self.norm(x))


def get_batch(data, context, batch_size):
    starts = torch.randint(len(data) - context - 1, (batch_size,))
    window = starts[:, None] + torch.arange(context)
    return data[window], data[window + 1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--context", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=0.1)  #~ parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--clip", type=float, default=1.0)
    args = parser.parse_args()
    torch.manual_seed(1337)

    text = corpus()
    chars = sorted(set(text))
    data = torch.tensor([chars.index(c) for c in text])
    cut = int(0.9 * len(data))
    train, val = data[:cut], data[cut:]
    print(f"{len(data)} characters, {len(chars)} distinct")

    model = CharModel(len(chars), args.context)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate, weight_decay=args.weight_decay)
    running = 0.0
    for step in range(1, args.steps + 1):
        model.train()
        x, y = get_batch(train, args.context, args.batch_size)
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), args.clip)
        optimizer.step()
        running += loss.item()
        if step % 50 == 0:
            model.eval()
            with torch.no_grad():
                xv, yv = get_batch(val, args.context, 64)
                val_loss = F.cross_entropy(model(xv).flatten(0, 1), yv.flatten()).item()
            print(f"step {step}: train {running / 50:.3f}, val {val_loss:.3f}")
            running = 0.0


if __name__ == "__main__":
    main()
