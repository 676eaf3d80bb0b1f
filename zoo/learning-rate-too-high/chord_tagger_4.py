"""Tag every beat of a tune with the chord that is playing (7 degrees), from noisy chroma vectors."""
import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

IGNORE = -100
TRIADS = [(d, (d + 2) % 7, (d + 4) % 7) for d in range(7)]
FOLLOWS = {0: [3, 4, 5], 1: [4, 6], 2: [5, 3], 3: [4, 0, 1], 4: [0, 5], 5: [1, 3], 6: [0, 2]}


def compose(rng):
    """A tune: chords of two to four beats each; what sounds on a beat is two notes of the chord and a passing note."""
    chord, chords, beats = 0, [], []
    length = rng.randint(16, 40)
    while len(chords) < length:
        for _ in range(rng.randint(2, 4)):
            chroma = np.zeros(7, dtype=np.float32)
            for note in rng.sample(TRIADS[chord], 2):
                chroma[note] += 1.0
            chroma[rng.randrange(7)] += 0.8
            beats.append(chroma + np.array([rng.gauss(0, 0.25) for _ in range(7)], dtype=np.float32))
            chords.append(chord)
        chord = rng.choice(FOLLOWS[chord])
    return torch.from_numpy(np.stack(beats[:length])), torch.tensor(chords[:length])


def batches(tunes, size, rng=None):
    order = list(range(len(tunes)))
    if rng is not None:
        rng.shuffle(order)
    for start in range(0, len(order), size):
        part = sorted((tunes[i] for i in order[start:start + size]), key=lambda t: -len(t[1]))
        lengths = torch.tensor([len(t[1]) for t in part])
        x = pad_sequence([t[0] for t in part], batch_first=True)
        y = pad_sequence([t[1] for t in part], batch_first=True, padding_value=IGNORE)
        yield x, y, lengths


class ChordTagger(nn.Module):
    def __init__(self, hidden=40):
        super().__init__()
        self.lift = nn.Linear(7, 24)
        self.rnn = nn.GRU(24, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, 7, bias=False)

    def forward(self, x, lengths):
        h = torch.tanh(self.lift(x))
        packed = pack_padded_sequence(h, lengths, batch_first=True)
        h, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.out(h)


def accuracy(model, tunes):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for x, y, lengths in batches(tunes, 100):
            guess = model(x, lengths).argmax(-1)
            mask = y != IGNORE
            right += (guess[mask] == y[mask]).sum().item()
            total += mask.sum().item()
    return right / total


def main(epochs=7, batch_size=24, warmup=30):
    rng = random.Random(12)
    torch.manual_seed(12)
    train, held_out = [compose(rng) for _ in range(600)], [compose(rng) for _ in range(120)]
    steps = epochs * -(-len(train) // batch_size)

    model = ChordTagger()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.3, alpha=0.98)  #~ optimizer = torch.optim.RMSprop(model.parameters(), lr=0.008, alpha=0.98)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: (s + 1) / warmup if s < warmup else max(0.1, (steps - s) / (steps - warmup)))

    print(f"{sum(p.numel() for p in model.parameters())} parameters, {steps} updates")
    for epoch in range(epochs):
        model.train()
        running = None
        for x, y, lengths in batches(train, batch_size, rng):
            scores = model(x, lengths)
            loss = F.cross_entropy(scores.transpose(1, 2), y, ignore_index=IGNORE)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            running = loss.item() if running is None else 0.9 * running + 0.1 * loss.item()
        print(f"epoch {epoch}: loss {running:.4f}, beats right {accuracy(model, held_out):.3f}")


if __name__ == "__main__":
    main()
