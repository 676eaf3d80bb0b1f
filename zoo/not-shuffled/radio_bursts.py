# Which modulation does a radio burst use?  Bursts are replayed from the recorder one after the other.
import itertools
import random

import numpy as np
import torch
from torch import nn

KINDS = ["bpsk", "qpsk", "fsk", "ook", "chirp"]
LENGTH = 96
SEED = 2024

random.seed(SEED)
np.random.seed(SEED)
torch.manual_seed(SEED)


def burst(kind):
    t = np.arange(LENGTH)
    per = np.random.choice([6, 8, 12])
    symbols = np.random.randint(0, 4, LENGTH // per + 1).repeat(per)[:LENGTH]
    start = np.random.uniform(0, 2 * np.pi)
    drift = np.random.normal(0, 0.01)
    if kind == "bpsk":
        wave = np.exp(1j * np.pi * (symbols % 2))
    elif kind == "qpsk":
        wave = np.exp(0.5j * np.pi * symbols)
    elif kind == "fsk":
        wave = np.exp(1j * np.cumsum(np.where(symbols % 2, 0.35, -0.35)))
    elif kind == "ook":
        wave = 1.35 * (symbols % 2) + 0j
    else:
        wave = np.exp(1j * (np.random.choice([-1, 1]) * 0.006 * (t - LENGTH / 2) ** 2))
    wave = wave * np.exp(1j * (start + drift * t))
    noise = np.random.normal(0, 0.35, (2, LENGTH))
    return np.stack([wave.real, wave.imag]) + noise


def record(per_kind):
    """One session with the signal generator per kind."""
    for label, kind in enumerate(KINDS):
        for _ in range(per_kind):
            yield burst(kind).astype("float32"), label


def replay(tape, hold):
    """Keeps `hold` bursts in hand and gives away any one of them whenever a new one comes in."""
    hand = []
    for item in tape:
        if len(hand) < hold:
            hand.append(item)
            continue
        k = random.randrange(hold)
        yield hand[k]
        hand[k] = item
    random.shuffle(hand)
    yield from hand


def packs(stream, size):
    stream = iter(stream)
    while pack := list(itertools.islice(stream, size)):
        waves, labels = zip(*pack)
        yield torch.from_numpy(np.stack(waves)), torch.tensor(labels)


def conv(a, b, stride):
    return nn.Sequential(nn.Conv1d(a, b, 7, stride=stride, padding=3), nn.GroupNorm(4, b), nn.SiLU())


net = nn.Sequential(
    conv(2, 24, 1), conv(24, 32, 2), conv(32, 48, 2),
    nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(48 * 4, len(KINDS)),
)
optimizer = torch.optim.RMSprop(net.parameters(), lr=7e-4, alpha=0.95, eps=1e-6)
criterion = nn.CrossEntropyLoss()

tape = list(record(480))
test = list(record(80))
HOLD = 64  #~ HOLD = 4096

for lap in range(1, 9):
    net.train()
    hits = seen = 0
    for waves, labels in packs(replay(tape, HOLD), 40):
        logits = net(waves)
        loss = criterion(logits, labels)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        hits += (logits.argmax(1) == labels).sum().item()
        seen += len(labels)

    net.eval()
    table = torch.zeros(len(KINDS), len(KINDS), dtype=torch.long)
    with torch.no_grad():
        for waves, labels in packs(test, 100):
            for truth, guess in zip(labels, net(waves).argmax(1)):
                table[truth, guess] += 1
    recall = table.diag() / table.sum(1)
    print(f"lap {lap}  train {hits / seen:.3f}  test {table.diag().sum() / table.sum():.3f}  "
          + "  ".join(f"{k} {r:.2f}" for k, r in zip(KINDS, recall)))
