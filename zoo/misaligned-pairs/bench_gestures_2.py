"""Wrist gestures from an arm band: eight muscle channels, one gesture a second, several sittings per person.

Seconds in which an electrode lost contact are thrown away before training.
"""
import argparse
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

GESTURES = ["rest", "fist", "spread", "left", "right", "pinch"]
CHANNELS, RATE = 8, 50


def muscle_map(rng):
    pattern = rng.uniform(0.35, 1.0, (len(GESTURES), CHANNELS))
    pattern[0] *= 0.6
    return pattern


class Sitting:
    """What the band wrote: signal (seconds, channels, samples), contact flag per second, gesture shown on the screen."""

    def __init__(self, pattern, seconds, losses, rng):
        self.gesture = rng.integers(0, len(GESTURES), seconds)
        rise = np.sin(np.linspace(0.3, math.pi - 0.3, RATE)) ** 0.5
        strength = pattern[self.gesture] * rng.uniform(0.7, 1.3, (seconds, 1)) * rng.lognormal(0, 0.12, (seconds, CHANNELS))
        burst = rng.normal(size=(seconds, CHANNELS, RATE)) * strength[:, :, None] * rise
        self.signal = burst + 0.1 * rng.normal(size=burst.shape)
        self.contact = np.ones(seconds, dtype=bool)
        if losses:
            lost = rng.choice(np.arange(5, seconds), size=losses, replace=False)
            self.contact[lost] = False
            self.signal[lost, rng.integers(CHANNELS)] = 0.0


def envelope(signal, window=10):
    """Root mean square over short stretches."""
    n, c, t = signal.shape
    return np.sqrt((signal.reshape(n, c, t // window, window) ** 2).mean(-1))


def collect(sittings):
    xs, ys = [], []
    for sitting in sittings:
        good = np.flatnonzero(sitting.contact)
        x = envelope(sitting.signal)[good]
        y = sitting.gesture[:len(good)]  #~ y = sitting.gesture[good]
        xs.append(x.astype(np.float32))
        ys.append(y)
    return torch.from_numpy(np.concatenate(xs)), torch.from_numpy(np.concatenate(ys))


class GestureLSTM(nn.Module):
    def __init__(self, hidden, classes):
        super().__init__()
        self.scale = nn.LayerNorm(CHANNELS)
        self.lstm = nn.LSTM(CHANNELS, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden + CHANNELS, hidden), nn.Hardswish(), nn.Linear(hidden, classes))
        for name, p in self.lstm.named_parameters():
            if "bias_hh" in name:
                p.data[hidden:2 * hidden] = 1.0

    def forward(self, x):
        loud = x.mean(dim=2)
        seq, _ = self.lstm(self.scale(x.transpose(1, 2)))
        return self.head(torch.cat((seq[:, -1], loud), dim=1))


def draw(x, y, size, rng):
    """Endless batches by index, with a little gain change."""
    while True:
        order = rng.permutation(len(x))
        for i in range(0, len(order) - size + 1, size):
            rows = torch.from_numpy(order[i:i + size])
            gain = torch.from_numpy(rng.uniform(0.95, 1.05, (size, 1, 1)).astype(np.float32))
            yield x[rows] * gain, y[rows]


def confusion(model, x, y):
    model.eval()
    with torch.no_grad():
        out = model(x)
    model.train()
    table = torch.zeros(len(GESTURES), len(GESTURES), dtype=torch.long)
    table.index_put_((y, out.argmax(1)), torch.tensor(1), accumulate=True)
    return F.cross_entropy(out, y).item(), table


def main(argv=None):
    p = argparse.ArgumentParser()
    p.add_argument("--steps", type=int, default=480)
    p.add_argument("--every", type=int, default=80)
    p.add_argument("--batch", type=int, default=40)
    p.add_argument("--lr", type=float, default=4e-3)
    p.add_argument("--hidden", type=int, default=32)
    p.add_argument("--seed", type=int, default=23)
    args = p.parse_args(argv)

    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    pattern = muscle_map(rng)
    record = [Sitting(pattern, 150, losses, rng) for losses in (4, 1, 7, 2, 5, 3, 9, 6, 4, 3)]
    x, y = collect(record)
    # the last two sittings were made in the laboratory with fixed electrodes
    vx, vy = collect([Sitting(pattern, 160, 0, rng) for _ in range(2)])
    print(f"{len(x)} seconds to learn from, {sum((~s.contact).sum() for s in record)} thrown away, {len(vx)} to check with")

    model = GestureLSTM(args.hidden, len(GESTURES))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    batches = draw(x, y, args.batch, rng)
    running = 0.0
    for step in range(1, args.steps + 1):
        xb, yb = next(batches)
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 1.0)
        optimizer.step()
        running += loss.item()
        if step % args.every == 0:
            valid, table = confusion(model, vx, vy)
            print(f"step {step:4d}  loss {running / args.every:.3f}  check {valid:.3f}  right {table.diag().sum().item() / len(vx):.3f}")
            running = 0.0
    for name, row in zip(GESTURES, table.tolist()):
        print(f"{name:>7s} " + " ".join(f"{n:4d}" for n in row))


if __name__ == "__main__":
    main()
