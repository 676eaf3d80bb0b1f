# Bag-of-words spam filter on generated messages.
import argparse
import random

import torch
from torch import nn
from torch.utils.data import DataLoader

WORDS = {
    "ham": "meeting lunch tomorrow report thanks project call office agenda notes review team monday draft".split(),
    "spam": "winner free prize click offer cash urgent claim bonus cheap deal limited guaranteed credit".split(),
    "any": "the a you your we is for to and on please now with today this will have it in at".split(),
}


def message(rng):
    spam = rng.random() < 0.5
    own, other = ("spam", "ham") if spam else ("ham", "spam")
    kinds = rng.choices([own, other, "any"], weights=[3, 1, 6], k=rng.randint(8, 25))
    return [rng.choice(WORDS[kind]) for kind in kinds], float(spam)


def batchify(vocab):
    def collate(rows):
        flat = torch.tensor([vocab[w] for words, _ in rows for w in words])
        lengths = torch.tensor([len(words) for words, _ in rows])
        offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)[:-1]])
        return flat, offsets, torch.tensor([label for _, label in rows])
    return collate


class SpamFilter(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.bag = nn.EmbeddingBag(vocab_size, dim, mode="mean")
        self.hidden = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, 1)

    def forward(self, tokens, offsets):
        return self.out(torch.tanh(self.hidden(self.bag(tokens, offsets)))).squeeze(1)


def train_one_epoch(model, loader, optimizer, criterion):
    model.train()
    optimizer.zero_grad()
    total = 0.0
    for tokens, offsets, labels in loader:
        loss = criterion(model(tokens, offsets), labels)
        loss.backward()  #~ optimizer.zero_grad(); loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return total / len(loader.dataset)


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    hits = sum(((model(t, o) > 0) == (y > 0.5)).sum().item() for t, o, y in loader)
    return hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.5)
    args = parser.parse_args()
    torch.manual_seed(0)
    rng = random.Random(0)

    vocab = {w: i for i, w in enumerate(sorted(set(sum(WORDS.values(), []))))}
    messages = [message(rng) for _ in range(1500)]
    train_loader = DataLoader(messages[:1200], args.batch_size, shuffle=True, collate_fn=batchify(vocab))
    val_loader = DataLoader(messages[1200:], 100, collate_fn=batchify(vocab))

    model = SpamFilter(len(vocab), args.dim)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(args.epochs):
        loss = train_one_epoch(model, train_loader, optimizer, criterion)
        print(f"epoch {epoch}: loss {loss:.4f}, val accuracy {accuracy(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
