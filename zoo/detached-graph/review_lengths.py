"""Sentiment of generated film reviews; the recurrent state is read at each review's last word."""
import argparse
import random

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

GOOD = "great lovely brilliant moving funny superb fresh clever".split()
BAD = "dull awful boring weak silly tired flat clumsy".split()
FILL = "the film was a story with its acting and some scenes plot really quite very".split()


def review(rng):
    """One to three opinions, each possibly turned round by a "not" in front of it."""
    words, score = [], 0
    for _ in range(rng.choice([1, 1, 3])):
        words += rng.choices(FILL, k=rng.randint(3, 5))
        good, negated = rng.random() < 0.5, rng.random() < 0.4
        words += ["not"] * negated + [rng.choice(GOOD if good else BAD)]
        score += 1 if good != negated else -1
    return words, int(score > 0)


class ReviewNet(nn.Module):
    def __init__(self, vocab_size, dim=16, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.rnn = nn.GRU(dim, hidden, batch_first=True)
        self.fc = nn.Sequential(nn.Linear(hidden, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, tokens, lengths):
        states, _ = self.rnn(self.embedding(tokens))
        rows = np.arange(len(lengths))
        last = torch.from_numpy(states.detach().numpy()[rows, lengths.numpy() - 1])  #~ last = states[rows, lengths.numpy() - 1]
        return self.fc(last)


def collate_with(vocab):
    def collate(batch):
        tokens = [torch.tensor([vocab[w] for w in words]) for words, _ in batch]
        lengths = torch.tensor([len(t) for t in tokens])
        return pad_sequence(tokens, batch_first=True), lengths, torch.tensor([y for _, y in batch])
    return collate


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch-size", type=int, default=40)
    parser.add_argument("--lr", type=float, default=1e-2)
    args = parser.parse_args()
    torch.manual_seed(0)
    rng = random.Random(0)
    reviews = [review(rng) for _ in range(2400)]
    vocab = {w: i + 1 for i, w in enumerate(sorted({*GOOD, *BAD, *FILL, "not"}))}
    train_loader = DataLoader(reviews[:2000], args.batch_size, shuffle=True, collate_fn=collate_with(vocab))
    val_loader = DataLoader(reviews[2000:], 200, collate_fn=collate_with(vocab))

    model = ReviewNet(len(vocab) + 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()
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
        with torch.no_grad():
            hits = sum((model(t, n).argmax(1) == y).sum().item() for t, n, y in val_loader)
        print(f"epoch {epoch + 1}: loss {total / 2000:.4f}, val acc {hits / 400:.3f}")


if __name__ == "__main__":
    main()
