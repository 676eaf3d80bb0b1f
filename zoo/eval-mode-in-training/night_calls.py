"""Name night birds from short recordings: a deep stack of 1-d convolutions on log-power frames of the raw sound."""
import contextlib
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

BIRDS = ("owl", "nightjar", "corncrake", "snipe", "rail", "bittern")
RATE, SECONDS = 4000, 0.5
FRAME, HOP = 128, 64


def call(bird, rng):
    t = np.arange(int(RATE * SECONDS)) / RATE
    f = rng.uniform(500, 900)
    if bird == "owl":
        tone = np.sin(2 * np.pi * f * t + 3 * np.sin(2 * np.pi * 4 * t))
    elif bird == "nightjar":
        tone = np.sin(2 * np.pi * f * t) * (np.sin(2 * np.pi * 28 * t) > 0)
    elif bird == "corncrake":
        tone = rng.normal(size=len(t)) * (np.sin(2 * np.pi * 9 * t + rng.uniform(0, 6)) > 0.4)
    elif bird == "snipe":
        tone = np.sin(2 * np.pi * (f + 700 * t) * t)
    elif bird == "rail":
        tone = np.sin(2 * np.pi * (f + 700 - 700 * t) * t)
    else:
        tone = np.sin(2 * np.pi * f * t) + 0.6 * np.sin(2 * np.pi * 2 * f * t)
    start = rng.uniform(0, 0.15)
    tone = tone * ((t > start) & (t < start + 0.33))
    return tone * rng.uniform(0.5, 1.5) + 0.35 * rng.normal(size=len(t))


def recordings(per_bird, rng):
    y = np.repeat(np.arange(len(BIRDS)), per_bird)
    sound = torch.tensor(np.stack([call(BIRDS[k], rng) for k in y]), dtype=torch.float32)
    power = torch.stft(sound, FRAME, HOP, window=torch.hann_window(FRAME), return_complex=True).abs() ** 2
    return torch.log10(power + 1e-3), torch.from_numpy(y)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class CallNet(nn.Module):
    def __init__(self, bands, classes, width=24):
        super().__init__()
        strides = (1, 1, 2, 1, 1, 2, 1, 1)
        self.blocks = nn.Sequential(Block(bands, width), *[Block(width, width, s) for s in strides])
        self.drop = nn.Dropout(0.1)
        self.name = nn.Linear(width, classes)

    def forward(self, x):
        return self.name(self.drop(self.blocks(x).mean(dim=-1)))


@contextlib.contextmanager
def measuring(model):
    """For the time of a measurement; afterwards the model is as it was."""
    model.eval()  #~ mode = model.training
    mode = model.training  #~ model.eval()
    try:
        with torch.no_grad():
            yield model
    finally:
        model.train(mode)


def score(model, loader):
    right, loss, seen = 0, 0.0, 0
    with measuring(model) as m:
        for x, y in loader:
            out = m(x)
            loss += F.cross_entropy(out, y, reduction="sum").item()
            right += (out.argmax(1) == y).sum().item()
            seen += len(y)
    return loss / seen, right / seen


def main():
    torch.manual_seed(14)
    rng = np.random.default_rng(14)
    x, y = recordings(130, rng)
    vx, vy = recordings(40, rng)
    middle, spread = x.mean(), x.std()
    train = DataLoader(TensorDataset((x - middle) / spread, y), batch_size=26, shuffle=True, drop_last=True)
    valid = DataLoader(TensorDataset((vx - middle) / spread, vy), batch_size=60)

    model = CallNet(x.shape[1], len(BIRDS))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    epochs = 10
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=epochs * len(train), pct_start=0.2)
    model.train()
    first, _ = score(model, valid)
    print(f"{len(x)} recordings of {x.shape[2]} frames; loss before training {first:.3f} (a guess: {math.log(len(BIRDS)):.3f})")
    for epoch in range(1, epochs + 1):
        total = 0.0
        for xb, yb in train:
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            scheduler.step()
            total += loss.item()
        valid_loss, right = score(model, valid)
        print(f"epoch {epoch:2d} | {total / len(train):.4f} | validation {valid_loss:.4f}, {100 * right:.1f}% right")


if __name__ == "__main__":
    main()
