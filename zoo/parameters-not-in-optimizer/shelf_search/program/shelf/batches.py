"""Batches of pairs."""
import torch


class Batches:
    """Goes over the pairs in a new order each time; a short rest is left out, since the loss depends on the batch size."""

    def __init__(self, pairs, size, seed):
        self.pairs = pairs
        self.size = size
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return len(self.pairs) // self.size

    def __iter__(self):
        order = torch.randperm(len(self.pairs), generator=self.generator)
        for number in range(len(self)):
            part = self.pairs.rows(order[number * self.size:(number + 1) * self.size])
            yield self._trim(part.queries), self._trim(part.items)

    @staticmethod
    def _trim(words):
        """Cuts the columns that are padding in every row."""
        used = (words > 0).any(0).nonzero()
        return words[:, :int(used.max()) + 1]
