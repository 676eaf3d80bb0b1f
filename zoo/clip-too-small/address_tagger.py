"""Split postal addresses into parts, letter by letter (bidirectional GRU tagger)."""
import argparse
import random
import string

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

PARTS = ["other", "number", "street", "unit", "city", "code"]
LETTERS = {c: i + 2 for i, c in enumerate(string.ascii_lowercase + string.digits + " ,-.#")}
STARTS = "bal ken mar tor wil har lin ost fen gar".split()
MIDDLES = "den mor tin ra lo ber".split()
CITY_ENDS = "ton ville burg ford haven".split()
STREET_ENDS = ["street", "road", "lane", "st.", "rd.", "avenue", "way"]


def word(rng, end=""):
    return rng.choice(STARTS) + (rng.choice(MIDDLES) if rng.random() < 0.7 else "") + end


def address(rng):
    number = ("number", str(rng.randint(1, 999)))
    street = ("street", word(rng) + " " + rng.choice(STREET_ENDS))
    unit = ("unit", rng.choice(["apt ", "unit ", "#"]) + str(rng.randint(1, 60)))
    city = ("city", word(rng, rng.choice(CITY_ENDS)) if rng.random() < 0.6 else word(rng))
    code = ("code", f"{rng.randint(10000, 99999)}")
    first = [number, street] if rng.random() < 0.7 else [street, number]
    if rng.random() < 0.5:
        first.insert(rng.choice([0, 2]), unit)
    last = [city, code] if rng.random() < 0.6 else [code, city]
    letters, tags = [], []
    for i, (part, text) in enumerate(first + last):
        between = "" if i == 0 else rng.choice([" ", ", ", " - "])
        for c in between:
            letters.append(LETTERS[c])
            tags.append(0)
        for c in text:
            letters.append(LETTERS.get(c, 1))
            tags.append(PARTS.index(part))
    return torch.tensor(letters), torch.tensor(tags)


def collate(rows):
    rows = sorted(rows, key=lambda r: -len(r[0]))
    lengths = torch.tensor([len(r[0]) for r in rows])
    x = pad_sequence([r[0] for r in rows], batch_first=True)
    y = pad_sequence([r[1] for r in rows], batch_first=True, padding_value=-100)
    return x, lengths, y


class Tagger(nn.Module):
    def __init__(self, letters, tags, width=24):
        super().__init__()
        self.embed = nn.Embedding(letters, 16, padding_idx=0)
        self.gru = nn.GRU(16, width, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.05)
        self.out = nn.Linear(2 * width, tags)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embed(x), lengths, batch_first=True)
        h, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.out(self.drop(h))


def evaluate(model, rows, size=100):
    model.eval()
    right = total = whole = 0
    with torch.no_grad():
        for i in range(0, len(rows), size):
            x, lengths, y = collate(rows[i:i + size])
            same = (model(x, lengths).argmax(-1) == y) | (y == -100)
            whole += same.all(1).sum().item()
            keep = y != -100
            right += same[keep].sum().item()
            total += keep.sum().item()
    model.train()
    return right / total, whole / len(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", type=int, default=900)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--max-norm", type=float, default=0.002)  #~ parser.add_argument("--max-norm", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=19)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    train = [address(rng) for _ in range(args.addresses)]
    valid = [address(rng) for _ in range(200)]

    model = Tagger(len(LETTERS) + 2, len(PARTS))
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    criterion = nn.CrossEntropyLoss(ignore_index=-100, label_smoothing=0.02)
    print(f"{sum(p.numel() for p in model.parameters())} weights, {len(train)} addresses")
    step = 0
    for epoch in range(args.epochs):
        rng.shuffle(train)
        shown = 0.0
        for i in range(0, len(train), args.batch):
            x, lengths, y = collate(train[i:i + args.batch])
            scores = model(x, lengths)
            loss = criterion(scores.flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), args.max_norm)
            optimizer.step()
            shown += loss.item()
            step += 1
        letters, whole = evaluate(model, valid)
        print(f"epoch {epoch + 1} step {step:4d}: loss {shown / (i // args.batch + 1):.4f}, letters {letters:.3f}, whole addresses {whole:.3f}")


if __name__ == "__main__":
    main()
