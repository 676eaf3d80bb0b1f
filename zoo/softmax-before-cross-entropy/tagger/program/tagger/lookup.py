"""Tagging without a network: the tag each word had most often."""
import torch

from .corpus import PAD_TAG


class Lookup:
    """Counts word and tag pairs; unknown words get the most frequent tag of all."""

    def __init__(self, words, tags):
        self.counts = torch.zeros(words + 1, tags)

    def learn(self, sentences):
        for words, tags in sentences:
            self.counts.index_put_((words, tags), torch.ones(len(words)), accumulate=True)
        return self

    def best(self, words):
        overall = self.counts.sum(0)
        table = self.counts + 1e-3 * overall / overall.sum()
        return table[words].argmax(-1)

    def accuracy(self, loader):
        right = total = 0
        for words, tags in loader:
            real = tags != PAD_TAG
            right += int(((self.best(words) == tags) & real).sum())
            total += int(real.sum())
        return right / max(1, total)
