"""A made-up language: tags follow a Markov chain, words belong to one tag or, sometimes, to two."""
import numpy as np


class Language:
    def __init__(self, tags, words, seed):
        self.rng = np.random.default_rng(seed)
        self.tags = tags
        self.words = words
        follow = self.rng.dirichlet(np.full(tags, 0.06), tags)
        self.follow = 0.95 * follow + 0.05 / tags
        self.start = self.rng.dirichlet(np.full(tags, 0.5))
        self.home = self.rng.integers(0, tags, words)
        self.home[:tags] = np.arange(tags)
        ambiguous = self.rng.random(words) < 0.25
        other = self.rng.integers(0, tags, words)
        frequency = 1.0 / (1 + np.arange(words) % 40)
        self.emit = np.zeros((tags, words))
        self.emit[self.home, np.arange(words)] += frequency
        self.emit[other[ambiguous], np.flatnonzero(ambiguous)] += frequency[ambiguous]
        self.emit /= self.emit.sum(1, keepdims=True)

    def sentence(self):
        length = int(self.rng.integers(6, 19))
        tags = np.empty(length, dtype=np.int64)
        tags[0] = self.rng.choice(self.tags, p=self.start)
        for i in range(1, length):
            tags[i] = self.rng.choice(self.tags, p=self.follow[tags[i - 1]])
        draws = self.rng.random(length)
        words = [int(np.searchsorted(np.cumsum(self.emit[tag]), draw)) for tag, draw in zip(tags, draws)]
        return np.minimum(words, self.words - 1), tags

    def corpus(self, sentences):
        return [self.sentence() for _ in range(sentences)]
