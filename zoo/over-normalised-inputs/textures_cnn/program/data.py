import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

MEAN = torch.tensor([0.47, 0.47, 0.47]).view(3, 1, 1)
STD = torch.tensor([0.18, 0.18, 0.18]).view(3, 1, 1)


class Textures(Dataset):
    """Colour pictures of fabrics: stripes, checks, dots, gradient."""

    def __init__(self, root, indices=None, flip=False):
        self.images = np.load(root / "images.npy", mmap_mode="r")
        self.labels = np.load(root / "labels.npy")
        self.indices = np.arange(len(self.labels)) if indices is None else indices
        self.flip = flip

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, i):
        k = self.indices[i]
        x = torch.tensor(self.images[k], dtype=torch.float32) / 255.0
        x = (x - MEAN) / STD
        if self.flip and torch.rand(()) < 0.5:
            x = x.flip(-1)
        return x, int(self.labels[k])


def loaders(root, batch_size=50):
    n = len(np.load(root / "labels.npy"))
    split = int(n * 0.75)
    train = Textures(root, np.arange(split), flip=True)
    val = Textures(root, np.arange(split, n))
    return DataLoader(train, batch_size, shuffle=True), DataLoader(val, 200)
