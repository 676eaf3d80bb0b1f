"""Sort the documentation of functions onto shelves (text, numbers, files, network, ...) with a bag of words."""
import inspect
import math
import random
import re
from collections import Counter

import torch
from torch import nn

SHELVES = {
    "text": ["string", "textwrap", "difflib", "re", "unicodedata", "locale", "gettext"],
    "numbers": ["math", "cmath", "decimal", "fractions", "statistics", "random", "numbers"],
    "files": ["os", "shutil", "pathlib", "tempfile", "glob", "zipfile", "tarfile", "gzip", "fileinput"],
    "network": ["socket", "ssl", "http.client", "http.cookiejar", "urllib.request", "smtplib", "ftplib", "imaplib"],
    "processes": ["threading", "multiprocessing.pool", "subprocess", "asyncio", "concurrent.futures", "queue", "sched"],
    "testing": ["unittest", "unittest.mock", "doctest", "pdb", "bdb", "logging", "traceback", "argparse"],
}
WORD = re.compile(r"[a-z]{2,}")


def sentences():
    """Pieces of about twelve words from the documentation of every public name of the modules."""
    rows = []
    for shelf, names in enumerate(SHELVES.values()):
        seen = set()
        for name in names:
            module = __import__(name, fromlist=["_"])
            members = [module] + [m for n, m in inspect.getmembers(module) if not n.startswith("_")]
            members += [f for c in list(members) if inspect.isclass(c) for n, f in inspect.getmembers(c) if not n.startswith("_")]
            for member in members:
                words = WORD.findall((inspect.getdoc(member) or "").lower())
                for start in range(0, len(words) - 7, 12):
                    piece = tuple(words[start:start + 12])
                    if piece not in seen:
                        seen.add(piece)
                        rows.append((piece, shelf))
    return rows


class Shelver(nn.Module):
    def __init__(self, vocabulary, shelves, dim=48):
        super().__init__()
        self.words = nn.EmbeddingBag(vocabulary, dim, mode="mean")
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, shelves))

    def forward(self, flat, offsets):
        return self.head(self.words(flat, offsets))


class Loop:
    def __init__(self, model, lookup, base_lr=1e-3):
        self.model, self.lookup = model, lookup
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
        self.optimizer = torch.optim.AdamW([
            {"params": model.words.parameters(), "lr": base_lr / 100, "weight_decay": 0.0},  #~ {"params": model.words.parameters(), "lr": base_lr * 10, "weight_decay": 0.0},
            {"params": model.head.parameters(), "lr": base_lr},
        ], betas=(0.9, 0.98))

    def pack(self, rows):
        flat, offsets = [], []
        for words, _ in rows:
            offsets.append(len(flat))
            flat += [self.lookup.get(w, 0) for w in words]
        return torch.tensor(flat), torch.tensor(offsets), torch.tensor([shelf for _, shelf in rows])

    def epoch(self, rows, size):
        self.model.train()
        random.shuffle(rows)
        losses = []
        for start in range(0, len(rows), size):
            flat, offsets, shelf = self.pack(rows[start:start + size])
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(flat, offsets), shelf)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return math.fsum(losses) / len(losses)

    def score(self, rows):
        self.model.eval()
        with torch.no_grad():
            flat, offsets, shelf = self.pack(rows)
            return (self.model(flat, offsets).argmax(1) == shelf).float().mean().item()


random.seed(17)
torch.manual_seed(17)
rows = sentences()
random.shuffle(rows)
least = min(Counter(shelf for _, shelf in rows).values())
kept, rows_by_shelf = [], Counter()
for row in rows:
    rows_by_shelf[row[1]] += 1
    if rows_by_shelf[row[1]] <= min(600, 3 * least):
        kept.append(row)
train, test = kept[len(kept) // 5:], kept[:len(kept) // 5]
counts = Counter(w for words, _ in train for w in words)
lookup = {w: i + 1 for i, (w, c) in enumerate(counts.most_common()) if c > 1}
print(f"{len(train)} pieces for training, {len(test)} for the test, {len(lookup)} words,",
      "largest shelf {:.2f}".format(max(Counter(s for _, s in test).values()) / len(test)))

loop = Loop(Shelver(len(lookup) + 1, len(SHELVES)), lookup)
for n in range(1, 7):
    loss = loop.epoch(train, 32)
    print(f"epoch {n}: loss {loss:.3f}, train {loop.score(train):.3f}, test {loop.score(test):.3f}")
