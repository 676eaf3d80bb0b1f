"""Classify short commands by intent with one transformer layer."""
import argparse
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

TEMPLATES = {
    "alarm": ["wake me at {n} {d}", "set an alarm for {n} {d}", "ring the bell at {n} {d} please", "cancel the alarm at {n} {d}"],
    "music": ["play {a} {s}", "put on some {a} {s} {d}", "skip this {a} {s}", "turn up the {a} {s} please"],
    "weather": ["will it rain {d} at {n}", "how cold is it {d}", "do i need a coat {d} at {n}", "is it {a} outside {d}"],
    "lights": ["turn on the {a} lamp", "dim the {a} lights to {n}", "lights off {d} please", "make the {r} {a}"],
    "timer": ["count down {n} minutes", "start a timer for {n} minutes please", "stop the timer {d}", "how many minutes are left of {n}"],
    "message": ["tell {p} i am {a}", "write {p} that i come {d} at {n}", "read the message from {p}", "answer {p} please"],
}
FILL = {
    "n": "one two three four five six seven eight nine ten eleven twelve".split(),
    "d": "today tomorrow tonight monday tuesday wednesday thursday friday saturday sunday".split(),
    "a": "warm bright slow late soft loud blue old new happy".split(),
    "s": "song album jazz radio tune record".split(),
    "r": "kitchen hall bedroom office".split(),
    "p": "anna omar lucy ivan mei noah".split(),
}


def generate(n, rng):
    intents = sorted(TEMPLATES)
    sentences, labels = [], []
    for _ in range(n):
        k = rng.randrange(len(intents))
        template = rng.choice(TEMPLATES[intents[k]])
        sentences.append(template.format(**{slot: rng.choice(words) for slot, words in FILL.items()}).split())
        labels.append(k)
    return sentences, labels


class Commands(Dataset):
    def __init__(self, sentences, labels, vocab, length=10):
        self.order = list(range(len(sentences)))
        random.shuffle(self.order)
        self.tokens = torch.zeros(len(sentences), length, dtype=torch.long)
        for row, words in enumerate(sentences):
            self.tokens[row, : len(words)] = torch.tensor([vocab.get(w, 1) for w in words])
        self.labels = torch.tensor(labels)

    def __len__(self):
        return len(self.order)

    def __getitem__(self, i):
        return self.tokens[self.order[i]], self.labels[i]  #~ return self.tokens[self.order[i]], self.labels[self.order[i]]


class IntentModel(nn.Module):
    def __init__(self, vocab_size, classes, width=32, length=10):
        super().__init__()
        self.tokens = nn.Embedding(vocab_size, width, padding_idx=0)
        self.positions = nn.Parameter(0.1 * torch.randn(length, width))
        self.layer = nn.TransformerEncoderLayer(width, 4, dim_feedforward=64, dropout=0.1, batch_first=True)
        self.out = nn.Linear(width, classes)

    def forward(self, tokens):
        padding = tokens == 0
        h = self.layer(self.tokens(tokens) + self.positions, src_key_padding_mask=padding)
        keep = (~padding).unsqueeze(-1).float()
        return self.out((h * keep).sum(1) / keep.sum(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--lr", type=float, default=2e-3)
    args = parser.parse_args()
    random.seed(3)
    torch.manual_seed(3)

    sentences, labels = generate(args.size, random.Random(3))
    cut = int(0.8 * args.size)
    vocab = {w: i + 2 for i, w in enumerate(sorted({w for s in sentences[:cut] for w in s}))}
    train_loader = DataLoader(Commands(sentences[:cut], labels[:cut], vocab), batch_size=32, shuffle=True)
    val_loader = DataLoader(Commands(sentences[cut:], labels[cut:], vocab), batch_size=200)

    model = IntentModel(len(vocab) + 2, len(TEMPLATES))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(1, args.epochs + 1):
        model.train()
        losses = []
        for tokens, target in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(tokens), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            results = [(criterion(model(t), y).item(), (model(t).argmax(1) == y).float().mean().item()) for t, y in val_loader]
        val_loss, val_acc = (sum(column) / len(results) for column in zip(*results))
        print(f"epoch {epoch}: loss {sum(losses) / len(losses):.4f} val loss {val_loss:.4f} val accuracy {val_acc:.3f}")


if __name__ == "__main__":
    main()
