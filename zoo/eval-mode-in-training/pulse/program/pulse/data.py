"""Recordings in loaders."""
import torch
from torch.utils.data import DataLoader, Dataset

from . import synth, transforms

KIND_NAMES = tuple(synth.MAKERS)
KINDS = len(KIND_NAMES)


class BeatSet(Dataset):
    def __init__(self, beats, kinds, mean, std):
        self.beats = (torch.from_numpy(beats) - mean) / std
        self.kinds = torch.from_numpy(kinds)

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, index):
        return self.beats[index], self.kinds[index]


class Collate:
    """Stacks recordings and adds the channel axis, with augmentation if there is any."""

    def __init__(self, augment=None):
        self.augment = augment

    def __call__(self, items):
        beats = torch.stack([beat for beat, _ in items])
        if self.augment is not None:
            beats = self.augment(beats)
        return beats.unsqueeze(1), torch.stack([kind for _, kind in items])


def loaders(cfg, seed):
    beats, kinds = synth.beats(cfg.beats, cfg.length, cfg.noise, seed)
    cut = int(0.8 * cfg.beats)
    mean, std = float(beats[:cut].mean()), float(beats[:cut].std())
    generator = torch.Generator().manual_seed(seed)
    augment = transforms.Pipeline(transforms.RandomRoll(cfg.shift, generator), transforms.RandomGain(cfg.gain, generator))
    train = DataLoader(BeatSet(beats[:cut], kinds[:cut], mean, std), cfg.batch, shuffle=True, drop_last=True,
                       collate_fn=Collate(augment), generator=torch.Generator().manual_seed(seed + 1))
    test = DataLoader(BeatSet(beats[cut:], kinds[cut:], mean, std), 200, collate_fn=Collate())
    return train, test


def class_counts(loader):
    return torch.bincount(loader.dataset.kinds, minlength=KINDS)
