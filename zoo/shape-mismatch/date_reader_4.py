"""Read the month out of dates written in many ways: a recurrent encoder with additive attention."""
import argparse
import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence

MONTHS = "january february march april may june july august september october november december".split()
CHARS = "abcdefghijklmnopqrstuvwxyz0123456789 /-.,"
CODE = {c: i + 1 for i, c in enumerate(CHARS)}


def written_date(rng):
    day, month, year = rng.randrange(1, 29), rng.randrange(12), rng.randrange(1960, 2030)
    name = MONTHS[month]
    form = rng.randrange(5)
    if form == 0:
        text = f"{day} {name} {year}"
    elif form == 1:
        text = f"{name[:3]}. {day}, {year}"
    elif form == 2:
        text = f"{year}-{month + 1:02d}-{day:02d}"
    elif form == 3:
        text = f"{day:02d}.{month + 1:02d}.{year}"
    else:
        text = f"on {name} {day}"
    return text, month


def make_set(n, seed):
    rng = random.Random(seed)
    return [written_date(rng) for _ in range(n)]


def encode(rows):
    texts = [torch.tensor([CODE[c] for c in text]) for text, _ in rows]
    tokens = pad_sequence(texts, batch_first=True)
    return tokens, tokens != 0, torch.tensor([month for _, month in rows])


class MonthReader(nn.Module):
    def __init__(self, embed=20, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(len(CHARS) + 1, embed, padding_idx=0)
        self.rnn = nn.LSTM(embed, hidden, batch_first=True, bidirectional=True)
        self.key = nn.Linear(2 * hidden, hidden)
        self.query = nn.Parameter(torch.randn(hidden) / hidden**0.5)
        self.norm = nn.LayerNorm(hidden)  #~ self.norm = nn.LayerNorm(2 * hidden)
        self.classify = nn.Linear(2 * hidden, len(MONTHS))

    def forward(self, tokens, mask):
        states, _ = self.rnn(self.embed(tokens))
        energy = torch.tanh(self.key(states)) @ self.query
        weight = energy.masked_fill(~mask, float("-inf")).softmax(dim=1)
        summary = torch.einsum("bt,bth->bh", weight, states)
        return self.classify(self.norm(summary))


@torch.no_grad()
def accuracy(model, rows, size=250):
    model.eval()
    right = 0
    for i in range(0, len(rows), size):
        tokens, mask, month = encode(rows[i : i + size])
        right += (model(tokens, mask).argmax(1) == month).sum().item()
    return right / len(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--lr", type=float, default=5e-3)
    args = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)

    train, val = make_set(2000, seed=1), make_set(500, seed=2)
    model = MonthReader()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=20)
    for epoch in range(1, args.epochs + 1):
        model.train()
        random.shuffle(train)
        losses = []
        for i in range(0, len(train), args.batch):
            tokens, mask, month = encode(train[i : i + args.batch])
            loss = F.cross_entropy(model(tokens, mask), month)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            warmup.step()
            losses.append(loss.item())
        print(f"epoch {epoch}  loss {sum(losses) / len(losses):.3f}  right {accuracy(model, val):.3f}")
    print(f"parameters: {sum(p.numel() for p in model.parameters())}")


if __name__ == "__main__":
    main()
