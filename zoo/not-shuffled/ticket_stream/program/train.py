"""Urgency of support messages, read as a stream from the log shards."""
import json
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

ROOT = Path(__file__).parent / "logs"
BUCKETS = 512


def hash_word(word):
    value = 5381
    for character in word:
        value = (value * 33 + ord(character)) % 1_000_003
    return value % BUCKETS


class Messages(IterableDataset):
    """Goes through the shards line by line, so that the log need not fit in memory."""

    def __init__(self, pattern):
        self.files = sorted(ROOT.glob(pattern))

    def __iter__(self):
        for file in self.files:
            with file.open() as handle:
                for line in handle:
                    record = json.loads(line)
                    yield [hash_word(w) for w in record["text"].split()], float(record["urgent"])


def collate(items):
    flat, offsets, labels = [], [], []
    for words, label in items:
        offsets.append(len(flat))
        flat.extend(words)
        labels.append(label)
    return torch.tensor(flat), torch.tensor(offsets), torch.tensor(labels)


class BagClassifier(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, width, mode="mean")
        self.hidden = nn.Linear(width, 32)
        self.score = nn.Linear(32, 1)

    def forward(self, flat, offsets):
        return self.score(torch.tanh(self.hidden(self.bag(flat, offsets)))).squeeze(-1)


def evaluate(model, loader):
    model.eval()
    hits, count, loss = 0, 0, 0.0
    with torch.no_grad():
        for flat, offsets, label in loader:
            logit = model(flat, offsets)
            loss += nn.functional.binary_cross_entropy_with_logits(logit, label, reduction="sum").item()
            hits += ((logit > 0) == (label > 0.5)).sum().item()
            count += len(label)
    model.train()
    return loss / count, hits / count


def run():
    torch.manual_seed(101)
    train_loader = DataLoader(Messages("train-*.jsonl"), batch_size=40, collate_fn=collate)
    val_loader = DataLoader(Messages("val-*.jsonl"), batch_size=200, collate_fn=collate)
    model = BagClassifier()
    optimizer = torch.optim.Adam(
        [
            {"params": model.bag.parameters(), "lr": 3e-2},
            {"params": list(model.hidden.parameters()) + list(model.score.parameters()), "lr": 8e-3},
        ]
    )
    criterion = nn.BCEWithLogitsLoss()
    smooth = None
    for epoch in range(2):
        for step, (flat, offsets, label) in enumerate(train_loader):
            optimizer.zero_grad()
            loss = criterion(model(flat, offsets), label)
            loss.backward()
            optimizer.step()
            smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
            if step % 40 == 0:
                print(f"epoch {epoch} step {step:4d} running loss {smooth:.4f}")
        val_loss, val_accuracy = evaluate(model, val_loader)
        print(f"epoch {epoch} done: val loss {val_loss:.4f} val accuracy {val_accuracy:.3f}")


if __name__ == "__main__":
    run()
