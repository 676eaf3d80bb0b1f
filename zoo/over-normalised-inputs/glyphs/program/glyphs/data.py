"""The glyph images and the loaders that serve them."""
import numpy as np
import torch
from sklearn.datasets import load_digits

from . import transforms


class GlyphSet:
    """Glyph images as bytes, N x H x W, with their class numbers."""

    def __init__(self, images, labels):
        if len(images) != len(labels):
            raise ValueError("images and labels differ in number")
        self.images = torch.from_numpy(images)
        self.labels = torch.from_numpy(labels)

    def __len__(self):
        return len(self.labels)

    @property
    def classes(self):
        return int(self.labels.max()) + 1


def enlarge(images, size):
    """Nearest-neighbour enlargement of 8 x 8 scans, stretched to the full range of a byte."""
    factor = size // images.shape[-1]
    if factor * images.shape[-1] != size:
        raise ValueError(f"cannot enlarge {images.shape[-1]} to {size}")
    big = images.repeat(factor, axis=1).repeat(factor, axis=2)
    return np.clip(big * 16, 0, 255).astype(np.uint8)


def load(config, seed):
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.target))
    images = enlarge(digits.images[order], config.size)
    labels = digits.target[order].astype(np.int64)
    cut = config.train_rows
    return GlyphSet(images[:cut], labels[:cut]), GlyphSet(images[cut:], labels[cut:])


class Loader:
    """Serves batches; the transform works on a whole batch at once."""

    def __init__(self, dataset, batch_size, transform, shuffle=False, drop_last=False, seed=0):
        self.dataset = dataset
        self.batch_size = batch_size
        self.transform = transform
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full if self.drop_last or not rest else full + 1

    def __iter__(self):
        n = len(self.dataset)
        order = torch.randperm(n, generator=self.generator) if self.shuffle else torch.arange(n)
        for k in range(len(self)):
            rows = order[k * self.batch_size:(k + 1) * self.batch_size]
            yield self.transform(self.dataset.images[rows]), self.dataset.labels[rows]


def loaders(config, seed):
    train_set, test_set = load(config, seed)
    train = Loader(train_set, config.batch_size, transforms.training(config, seed), shuffle=True, drop_last=True, seed=seed)
    test = Loader(test_set, 4 * config.batch_size, transforms.evaluation())
    return train, test
