"""Bag-of-tokens sentiment model over a vocabulary of 5000 words."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Reviews(Dataset):
    """Short texts: each has ten words; some words are positive, some negative, most neutral."""

    def __init__(self, n, vocab, polarity, rng):
        ranks = np.arange(1, vocab + 1)
        freq = 1.0 / (ranks + 5.0)
        self.tokens = rng.choice(vocab, size=(n, 10), p=freq / freq.sum())
        score = polarity[self.tokens].sum(1)
        self.labels = (score + 0.2 * rng.standard_normal(n) > 0).astype(np.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.tokens[i], self.labels[i]


def collate(batch):
    tokens, labels = zip(*batch)
    lengths = [len(t) for t in tokens]
    offsets = torch.tensor([0] + lengths[:-1]).cumsum(0)
    return torch.from_numpy(np.concatenate(tokens)), offsets, torch.tensor(np.array(labels))


class TextClassifier(nn.Module):
    def __init__(self, vocab, dim=16):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab, dim, mode="mean")
        self.fc = nn.Linear(dim, 1)

    def forward(self, text, offsets):
        return self.fc(self.embedding(text, offsets)).squeeze(-1)


def evaluate(model, loader, criterion):
    model.eval()
    loss, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for text, offsets, label in loader:
            logit = model(text, offsets)
            loss += criterion(logit, label).item() * len(label)
            correct += ((logit > 0) == (label > 0.5)).sum().item()
            n += len(label)
    return loss / n, correct / n


def main():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    vocab = 5000
    polarity = rng.choice([-1.0, 0.0, 1.0], size=vocab, p=[0.35, 0.3, 0.35])
    train = DataLoader(Reviews(20000, vocab, polarity, rng), batch_size=32, shuffle=True, collate_fn=collate)
    val = DataLoader(Reviews(2000, vocab, polarity, rng), batch_size=250, collate_fn=collate)

    model = TextClassifier(vocab)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
    for epoch in range(5):
        model.train()
        total, n = 0.0, 0
        for text, offsets, label in train:
            optimizer.zero_grad()
            loss = criterion(model(text, offsets), label)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(label)
            n += len(label)
        val_loss, val_acc = evaluate(model, val, criterion)
        print(f"epoch {epoch} | train loss {total / n:.4f} | val loss {val_loss:.4f} | val acc {val_acc:.3f}")


if __name__ == "__main__":
    main()
