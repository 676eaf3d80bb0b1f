"""Reading the recorded key presses and turning them into batches."""
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Subset

KEYS = "123456789*0#"


class Presses(Dataset):
    """One clip of 0.1 s and the index of the key that was pressed."""

    def __init__(self, clips, keys):
        wave = clips.astype(np.float32) / 32768.0
        wave = wave - wave.mean(axis=1, keepdims=True)
        wave = wave / (wave.std(axis=1, keepdims=True) + 1e-6)
        self.wave = torch.from_numpy(wave).unsqueeze(1)
        self.label = torch.tensor([KEYS.index(k) for k in keys])

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return self.wave[i], self.label[i]


def load_presses(path, batch_size, val_fraction=0.25, seed=0):
    with np.load(path) as f:
        data = Presses(f["clips"], f["keys"])
    order = np.random.default_rng(seed).permutation(len(data))
    cut = int(len(data) * val_fraction)
    train = Subset(data, order[cut:].tolist())
    val = Subset(data, order[:cut].tolist())
    return (
        DataLoader(train, batch_size=batch_size, shuffle=True, drop_last=True),
        DataLoader(val, batch_size=256),
    )
