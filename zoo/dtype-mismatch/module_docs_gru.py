"""Which standard library module does a sentence of documentation come from?"""
import argparse
import asyncio
import doctest
import inspect
import random
import re
import statistics

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

MODULES = [asyncio, doctest, statistics]


def sentences(obj, depth=0):
    found = set()
    for name, member in inspect.getmembers(obj):
        if name.startswith("_") or not (inspect.isroutine(member) or inspect.isclass(member)):
            continue
        for sentence in re.split(r"[.\n]\s*", inspect.getdoc(member) or ""):
            words = re.findall(r"[a-z]+", sentence.lower())
            if len(words) >= 4:
                found.add(" ".join(words[:16]))
        if inspect.isclass(member) and depth == 0:
            found |= sentences(member, depth + 1)
    return found


def load(seed):
    per_module = [sentences(m) for m in MODULES]
    rows = []
    for label, own in enumerate(per_module):
        others = set().union(*(s for k, s in enumerate(per_module) if k != label))
        rows += [(text, label) for text in sorted(own - others)[:470]]
    random.Random(seed).shuffle(rows)
    cut = int(0.8 * len(rows))
    return rows[:cut], rows[cut:]


class GRUClassifier(nn.Module):
    def __init__(self, vocab_size, num_classes, dim=32, hidden=32):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(hidden, num_classes)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, state = self.gru(packed)
        return self.out(self.dropout(state[-1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--lr", type=float, default=1e-2)
    args = parser.parse_args()
    torch.manual_seed(1)

    train_rows, val_rows = load(seed=1)
    words = sorted({w for text, _ in train_rows for w in text.split()})
    vocab = {w: i + 2 for i, w in enumerate(words)}

    def collate(batch):
        ids = [torch.tensor([vocab.get(w, 1) for w in text.split()]) for text, _ in batch]
        labels = torch.tensor([label for _, label in batch], dtype=torch.float)  #~ labels = torch.tensor([label for _, label in batch], dtype=torch.long)
        return pad_sequence(ids, batch_first=True), torch.tensor([len(i) for i in ids]), labels

    train_loader = DataLoader(train_rows, batch_size=32, shuffle=True, collate_fn=collate)
    val_loader = DataLoader(val_rows, batch_size=128, collate_fn=collate)
    model = GRUClassifier(len(vocab) + 2, len(MODULES))
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()
    print(f"{len(train_rows)} training sentences, {len(vocab)} words")

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for tokens, lengths, labels in train_loader:
            loss = criterion(model(tokens, lengths), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        model.eval()
        right = 0
        with torch.no_grad():
            for tokens, lengths, labels in val_loader:
                right += (model(tokens, lengths).argmax(-1) == labels).sum().item()
        print(f"epoch {epoch + 1}: train loss {total / len(train_rows):.3f}, val accuracy {right / len(val_rows):.3f}")


if __name__ == "__main__":
    main()
