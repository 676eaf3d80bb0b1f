"""Stable numbers for names that turn up in the data."""
import numpy as np


class Codebook:
    def __init__(self):
        self.numbers = {}

    def __len__(self):
        return len(self.numbers)

    def fit(self, names):
        for name in names:
            self.numbers.setdefault(int(name), len(self.numbers))
        return self

    def encode(self, names):
        return np.array([self.numbers[int(name)] for name in names], dtype=np.int64)

    def decode(self):
        return [name for name, _ in sorted(self.numbers.items(), key=lambda item: item[1])]
