"""Sentiment of short product reviews with a GRU."""
import argparse
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

GOOD = "great excellent solid comfortable reliable bright quick lovely sturdy useful".split()
BAD = "poor flimsy noisy slow ugly broken cheap dull fragile useless".split()
THINGS = "battery screen handle strap cable box motor lid button fabric wheel lens speaker zip cover".split()
FILLER = "the this my is was really quite so it and after a week for price with".split()
VOCAB = {w: i + 1 for i, w in enumerate(GOOD + BAD + THINGS + FILLER + ["not"])}


class Reviews(Dataset):
    def __init__(self, n, seed, length=12):
        rng = random.Random(seed)
        self.rows = []
        for _ in range(n):
            label = rng.randrange(2)
            words = [rng.choice(FILLER + THINGS) for _ in range(length)]
            for slot in rng.sample(range(0, length - 1, 2), 2):
                negated = rng.random() < 0.3
                words[slot + 1] = rng.choice(GOOD if (label == 1) != negated else BAD)
                words[slot] = "not" if negated else words[slot]
            self.rows.append((torch.tensor([VOCAB[w] for w in words]), label))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


class Sentiment(nn.Module):
    def __init__(self, vocab_size, embed, hidden, keep_prob):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed)
        self.dropout = nn.Dropout(keep_prob)  #~ self.dropout = nn.Dropout(1 - keep_prob)
        self.gru = nn.GRU(embed, hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, 2)

    def forward(self, tokens):
        outputs, _ = self.gru(self.dropout(self.embedding(tokens)))
        return self.classifier(self.dropout(outputs.amax(dim=1)))


def evaluate(model, loader, criterion):
    model.eval()
    loss = correct = n = 0
    with torch.no_grad():
        for tokens, labels in loader:
            logits = model(tokens)
            loss += criterion(logits, labels).item() * len(labels)
            correct += (logits.argmax(1) == labels).sum().item()
            n += len(labels)
    return loss / n, correct / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--keep-prob", type=float, default=0.9)
    args = parser.parse_args()

    torch.manual_seed(9)
    train_loader = DataLoader(Reviews(1500, seed=1), batch_size=args.batch_size, shuffle=True)
    val_loader = DataLoader(Reviews(400, seed=2), batch_size=200)
    model = Sentiment(len(VOCAB) + 1, embed=24, hidden=32, keep_prob=args.keep_prob)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-2)

    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for tokens, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(tokens), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        print(f"epoch {epoch} | train loss {total / len(train_loader):.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")


if __name__ == "__main__":
    main()
