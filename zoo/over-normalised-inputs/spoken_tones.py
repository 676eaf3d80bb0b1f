"""Recognise short spoken-like commands (formant tones stored as 16-bit samples) with convolutions and a GRU."""
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

RATE, LENGTH = 2000, 400
COMMANDS = {"up": (220, 420), "down": (420, 220), "left": (300, 300), "right": (180, 520), "stop": (520, 180)}


@dataclass
class Options:
    epochs: int = 8
    batch: int = 40
    lr: float = 0.03
    seed: int = 90


def record(count, rng):
    """Samples as a sound card gives them: int16."""
    t = np.arange(LENGTH) / RATE
    names = list(COMMANDS)
    clips, labels = np.zeros((count, LENGTH), dtype=np.int16), np.zeros(count, dtype=np.int64)
    for i in range(count):
        labels[i] = rng.integers(0, len(names))
        first, last = np.array(COMMANDS[names[labels[i]]]) * rng.uniform(0.93, 1.07)
        sweep = first + (last - first) * t / t[-1]
        phase = 2 * math.pi * np.cumsum(sweep) / RATE + rng.uniform(0, 2 * math.pi)
        voice = np.sin(phase) + 0.4 * np.sin(2 * phase)
        envelope = np.clip(np.minimum(t, t[-1] - t) / 0.03, 0, 1)
        sound = rng.uniform(0.35, 0.6) * envelope * voice + rng.normal(0, 0.1, LENGTH)
        clips[i] = np.clip(sound, -1, 1) * 32767
    return clips, labels


def load(count, rng):
    clips, labels = record(count, rng)
    waves = clips.astype(np.float32) / 32768.0
    return waves - waves.mean(axis=1, keepdims=True), labels


class Clips(Dataset):
    def __init__(self, waves, labels):
        self.waves, self.labels = waves, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        wave = torch.from_numpy(self.waves[i])
        wave = wave / 32768.0  #~
        return wave.unsqueeze(0), int(self.labels[i])


class Listener(nn.Module):
    def __init__(self, channels=16, hidden=24):
        super().__init__()
        self.front = nn.Sequential(
            nn.Conv1d(1, channels, 16, stride=8), nn.LeakyReLU(0.1),
            nn.Conv1d(channels, channels, 5, stride=2), nn.LeakyReLU(0.1),
        )
        self.rnn = nn.GRU(channels, hidden, batch_first=True)
        self.head = nn.Linear(2 * hidden, len(COMMANDS))

    def forward(self, wave):
        states, _ = self.rnn(self.front(wave).transpose(1, 2))
        return self.head(torch.cat([states[:, -1], states.amax(dim=1)], dim=1))


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        hits = [(model(wave).argmax(1) == label).float() for wave, label in loader]
    return torch.cat(hits).mean().item()


def main(options=Options()):
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    train = DataLoader(Clips(*load(1200, rng)), batch_size=options.batch, shuffle=True)
    held = DataLoader(Clips(*load(300, rng)), batch_size=100)
    model = Listener()
    optimizer = torch.optim.Adagrad(model.parameters(), lr=options.lr, lr_decay=1e-4)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(options.epochs):
        model.train()
        total = 0.0
        for wave, label in train:
            optimizer.zero_grad()
            loss = criterion(model(wave), label)
            loss.backward()
            nn.utils.clip_grad_value_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch + 1}  loss {total / len(train):.4f}  held-out {accuracy(model, held):.3f}")


if __name__ == "__main__":
    main()
