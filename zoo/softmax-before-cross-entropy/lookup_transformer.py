"""A small transformer encoder: after "c2 a7 f1 a" it answers the number behind the queried letter."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

LETTERS, NUMBERS = 4, 20


class Lookup(Dataset):
    """Each string holds `pairs` letter-number pairs and ends with one of its letters."""

    def __init__(self, n, pairs, seed):
        g = torch.Generator().manual_seed(seed)
        letters = torch.rand(n, LETTERS, generator=g).argsort(dim=1)[:, :pairs]
        numbers = torch.randint(NUMBERS, (n, pairs), generator=g)
        asked = torch.randint(pairs, (n, 1), generator=g)
        body = torch.stack([letters, LETTERS + numbers], dim=2).flatten(1)
        self.strings = torch.cat([body, letters.gather(1, asked)], dim=1)
        self.answers = numbers.gather(1, asked).squeeze(1)

    def __len__(self):
        return len(self.answers)

    def __getitem__(self, i):
        return self.strings[i], self.answers[i]


class Encoder(nn.Module):
    def __init__(self, length, dim=32, heads=2, layers=2):
        super().__init__()
        self.tokens = nn.Embedding(LETTERS + NUMBERS, dim)
        self.positions = nn.Embedding(length, dim)
        block = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.classify = nn.Linear(dim, NUMBERS)

    def forward(self, x):
        h = self.tokens(x) + self.positions(torch.arange(x.size(1), device=x.device))
        scores = self.classify(self.norm(self.blocks(h)[:, -1]))
        return torch.softmax(scores, dim=-1)  #~ return scores


def evaluate(model, loader, loss_fn):
    model.eval()
    loss = hits = 0.0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss += loss_fn(out, y).item() * len(y)
            hits += (out.argmax(dim=-1) == y).sum().item()
    return loss / len(loader.dataset), hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    args = parser.parse_args()

    torch.manual_seed(0)
    train_loader = DataLoader(Lookup(4000, args.pairs, 1), args.batch_size, shuffle=True)
    val_loader = DataLoader(Lookup(500, args.pairs, 2), 250)
    model = Encoder(2 * args.pairs + 1)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = loss_fn(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        train_loss = total / len(train_loader.dataset)
        val_loss, val_acc = evaluate(model, val_loader, loss_fn)
        print(f"epoch {epoch}: train {train_loss:.4f}, val {val_loss:.4f}, accuracy {val_acc:.3f}")


if __name__ == "__main__":
    main()
