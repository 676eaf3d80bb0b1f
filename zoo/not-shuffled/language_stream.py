"""Guess the language of a word: character convolutions over word lists."""
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

LANGUAGES = ["finnish", "italian", "german", "welsh"]
SYLLABLES = "ka ta li nen sa vi ho mi pu ra sto co te gia lo ben dor wel ach ung fre lla gwy dd rhi ost".split()
ALPHABET = {c: i + 1 for i, c in enumerate(sorted(set("".join(SYLLABLES))))}
LENGTH = 20


def word_list(language, n, rng):
    habits = random.Random(language)
    follow = {s: [habits.paretovariate(0.6) for _ in SYLLABLES] for s in SYLLABLES}
    words = []
    for _ in range(n):
        parts = [rng.choice(SYLLABLES)]
        while len(parts) < 5:
            parts += rng.choices(SYLLABLES, follow[parts[-1]])
        words.append("".join(parts)[:LENGTH])
    return words


class WordStream(IterableDataset):
    def __init__(self, per_language, seed):
        rng = random.Random(seed)
        self.words = [(word, k) for k, name in enumerate(LANGUAGES) for word in word_list(name, per_language, rng)]
        self.rng = rng

    def __len__(self):
        return len(self.words)

    def __iter__(self):
        for word, label in self.words:  #~ for word, label in self.rng.sample(self.words, len(self.words)):
            codes = [ALPHABET[c] for c in word]
            yield torch.tensor(codes + [0] * (LENGTH - len(codes))), label


class CharCNN(nn.Module):
    def __init__(self, width=24, filters=48):
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET) + 1, width, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(width, filters, k, padding=k // 2) for k in (2, 3))
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(2 * filters, len(LANGUAGES))

    def forward(self, x):
        x = self.embedding(x).transpose(1, 2)
        pooled = [torch.relu(conv(x)).amax(dim=2) for conv in self.convs]
        return self.out(self.dropout(torch.cat(pooled, dim=1)))


class Trainer:
    def __init__(self, model, lr=3e-3):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self, loader):
        self.model.train()
        total = 0.0
        for words, labels in loader:
            loss = self.criterion(self.model(words), labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(labels)
        return total / len(loader.dataset)

    @torch.no_grad()
    def score(self, loader):
        self.model.eval()
        pairs = [(self.model(words), labels) for words, labels in loader]
        logits, labels = torch.cat([p[0] for p in pairs]), torch.cat([p[1] for p in pairs])
        return self.criterion(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(44)
    train_loader = DataLoader(WordStream(600, seed=1), batch_size=32)
    val_loader = DataLoader(WordStream(120, seed=2), batch_size=240)
    trainer = Trainer(CharCNN())
    for epoch in range(1, 7):
        train_loss = trainer.epoch(train_loader)
        print("epoch %d: train loss %.4f, val loss %.4f, val accuracy %.3f" % (epoch, train_loss, *trainer.score(val_loader)))
