"""Camera frames with the place of the spot, row and column."""
import numpy as np
import torch
from torch.utils.data import Dataset


class Frames(Dataset):
    def __init__(self, path, part, divisor):
        with np.load(path) as archive:
            frames, place = archive["frames"], archive["place"]
        cut = int(0.8 * len(frames))
        rows = slice(0, cut) if part == "train" else slice(cut, None)
        self.centre = place[:cut].mean(0)
        self.spread = place[:cut].std(0)
        self.frames = frames[rows]
        self.place = (place[rows] - self.centre) / self.spread
        self.divisor = divisor

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, i):
        pixels = torch.from_numpy(self.frames[i].astype(np.float32) / self.divisor)
        return pixels, torch.from_numpy(self.place[i])
