import csv

import numpy as np
import torch
from torch.utils.data import Dataset, random_split


class Scans(Dataset):
    """8x8 scans (one byte a pixel, 0..240) with the digit written on them."""

    side = 8

    def __init__(self, folder):
        raw = np.fromfile(folder / "pixels.bin", dtype=np.uint8)
        self.images = torch.from_numpy(raw).view(-1, 1, self.side, self.side).float() / 240
        with open(folder / "labels.csv", newline="") as f:
            self.labels = torch.tensor([int(row["digit"]) for row in csv.DictReader(f)])
        assert len(self.images) == len(self.labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def split(dataset, share=0.2, seed=0):
    held_out = int(len(dataset) * share)
    generator = torch.Generator().manual_seed(seed)
    return random_split(dataset, [len(dataset) - held_out, held_out], generator=generator)
