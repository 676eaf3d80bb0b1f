"""Spelling to sounds for the island language: one sound per letter, from two files with a word per line."""
import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

HERE = Path(__file__).parent
settings = json.loads((HERE / "settings.json").read_text())
torch.manual_seed(settings["seed"])


def read(name):
    return [line.split() for line in (HERE / "words" / name).read_text(encoding="utf-8").splitlines()]


class Alphabet:
    def __init__(self, lines):
        self.signs = sorted({sign for line in lines for sign in line})
        self.number = {sign: k + 1 for k, sign in enumerate(self.signs)}  # 0 fills up

    def encode(self, line):
        return torch.tensor([self.number[sign] for sign in line])

    def __len__(self):
        return len(self.signs) + 1


class Lexicon:
    def __init__(self, spelt, sounded, letters, sounds):
        pairs = list(zip(spelt, sounded))
        self.lengths = torch.tensor([len(s) for s, _ in pairs])
        self.x = pad_sequence([letters.encode(s) for s, _ in pairs], batch_first=True)
        self.y = pad_sequence([sounds.encode(s) for _, s in pairs], batch_first=True)

    def __len__(self):
        return len(self.lengths)

    def batches(self, size, shuffle):
        order = torch.randperm(len(self)) if shuffle else torch.arange(len(self))
        for rows in order.split(size):
            lengths = self.lengths[rows]
            longest = int(lengths.max())
            y = self.y[rows]
            y = nn.functional.pad(y, (0, max(0, longest - y.shape[1])))
            yield self.x[rows, :longest], lengths, y[:, :longest]


class Speaker(nn.Module):
    def __init__(self, letters, sounds, dim, hidden):
        super().__init__()
        self.letters = nn.Embedding(letters, dim, padding_idx=0)
        self.rnn = nn.GRU(dim, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.sound = nn.Linear(2 * hidden + dim, sounds)

    def forward(self, x, lengths):
        e = self.letters(x)
        packed = pack_padded_sequence(e, lengths, batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.sound(torch.cat([h, e], dim=-1))


def examine(model, lexicon):
    model.eval()
    letters = words = right = right_words = 0
    with torch.no_grad():
        for x, lengths, y in lexicon.batches(200, shuffle=False):
            real = x > 0
            ok = (model(x, lengths).argmax(-1) == y) | ~real
            right += int((ok & real).sum())
            letters += int(real.sum())
            right_words += int(ok.all(1).sum())
            words += len(x)
    return right / letters, right_words / words


spelt, sounded = read("train.spelt"), read("train.sounds")
letters, sounds = Alphabet(spelt), Alphabet(sounded)
train = Lexicon(spelt, sounded, letters, sounds)
check = Lexicon(read("check.spelt"), read("check.sounds"), letters, sounds)
print(f"{len(train)} words, {len(letters) - 1} letters, {len(sounds) - 1} sounds")

model = Speaker(len(letters), len(sounds), settings["dim"], settings["hidden"])
criterion = nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.Adam(model.parameters(), lr=settings["lr"])
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, settings["decay"])

for epoch in range(settings["epochs"]):
    model.train()
    total = steps = 0
    for x, lengths, y in train.batches(settings["batch"], shuffle=True):
        loss = criterion(model(x, lengths).transpose(1, 2), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        total, steps = total + loss.item(), steps + 1
    scheduler.step()
    by_letter, by_word = examine(model, check)
    print(f"epoch {epoch:2d}  loss {total / steps:.3f}  letters {by_letter:.3f}  whole words {by_word:.3f}")
