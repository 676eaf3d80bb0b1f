"""Batches of takes of similar length, so that little padding is needed."""
import numpy as np
import torch
from torch.utils.data import Dataset, Sampler


class Takes(Dataset):
    def __init__(self, takes, scaler, augment=None):
        self.signals = [scaler(take.signal) for take in takes]
        self.augment = augment
        self.gestures = [take.gesture for take in takes]

    def __len__(self):
        return len(self.gestures)

    def __getitem__(self, index):
        signal = self.signals[index]
        if self.augment is not None:
            signal = self.augment(signal)
        return torch.from_numpy(signal), self.gestures[index]

    def lengths(self):
        return np.array([len(signal) for signal in self.signals])


class SimilarLengths(Sampler):
    """Takes a window of several batches, sorts it by length and hands out its batches in random order."""

    def __init__(self, lengths, batch_size, window, seed):
        self.lengths = lengths
        self.batch_size = batch_size
        self.window = window * batch_size
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        full, rest = divmod(len(self.lengths), self.window)
        return full * (self.window // self.batch_size) + -(-rest // self.batch_size)

    def __iter__(self):
        order = np.arange(len(self.lengths))  #~ order = self.rng.permutation(len(self.lengths))
        for start in range(0, len(order), self.window):
            part = order[start:start + self.window]
            part = part[np.argsort(self.lengths[part], kind="stable")]
            batches = [part[i:i + self.batch_size] for i in range(0, len(part), self.batch_size)]
            for k in self.rng.permutation(len(batches)):
                yield batches[k].tolist()


def pad(items):
    """Signals to batch x axis x time, with a mask of the real time steps."""
    width = max(len(signal) for signal, _ in items)
    signals = torch.zeros(len(items), 3, width)
    mask = torch.zeros(len(items), width, dtype=torch.bool)
    for row, (signal, _) in enumerate(items):
        signals[row, :, :len(signal)] = signal.T
        mask[row, :len(signal)] = True
    return signals, mask, torch.tensor([gesture for _, gesture in items])
