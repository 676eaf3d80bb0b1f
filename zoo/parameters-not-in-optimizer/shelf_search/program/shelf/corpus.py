"""A synthetic shelf: items and the queries people typed before they took the item."""
from dataclasses import dataclass

import numpy as np
import torch


@dataclass
class Pairs:
    """Word numbers of queries and items, row by row; 0 is padding."""

    queries: torch.Tensor
    items: torch.Tensor

    def __len__(self):
        return len(self.queries)

    def rows(self, index):
        return Pairs(self.queries[index], self.items[index])


def _draw(rng, weights, length, spread):
    """Rows of distinct words drawn by their weights, of uneven length."""
    noise = rng.gumbel(size=weights.shape)
    order = np.argsort(-(weights + noise), axis=1)[:, :length] + 1
    lengths = rng.integers(length - spread, length + 1, len(order))
    order[np.arange(length)[None, :] >= lengths[:, None]] = 0
    return torch.from_numpy(order.astype(np.int64))


def build(config):
    """Each item has a place in a space of tastes; words near it are used for it."""
    rng = np.random.default_rng(config.seed)
    meaning = rng.normal(size=(config.vocabulary, config.tastes))
    place = rng.normal(size=(config.items, config.tastes))
    weights = config.sharpness * place @ meaning.T
    popularity = 0.3 * rng.normal(size=config.vocabulary)
    queries = _draw(rng, weights + popularity, config.query_words, spread=2)
    items = _draw(rng, weights, config.item_words, spread=4)
    return Pairs(queries, items)


def split(pairs, held_out, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(pairs), generator=generator)
    return pairs.rows(order[held_out:]), pairs.rows(order[:held_out])
