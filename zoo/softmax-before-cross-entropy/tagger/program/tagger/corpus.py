"""Padding, batching and splitting."""
import numpy as np
import torch
from torch.utils.data import DataLoader

from .grammar import Language

PAD_WORD = 0
PAD_TAG = -100


def encode(sentence):
    words, tags = sentence
    return torch.from_numpy(np.asarray(words) + 1), torch.from_numpy(tags)


def pad(batch):
    """Sentences of different lengths to one rectangle."""
    width = max(len(words) for words, _ in batch)
    words = torch.full((len(batch), width), PAD_WORD)
    tags = torch.full((len(batch), width), PAD_TAG)
    for row, (w, t) in enumerate(batch):
        words[row, :len(w)] = w
        tags[row, :len(t)] = t
    return words, tags


class Corpus:
    def __init__(self, settings):
        language = Language(settings.tags, settings.words, settings.seed)
        sentences = [encode(s) for s in language.corpus(settings.sentences)]
        a, b = int(0.8 * len(sentences)), int(0.9 * len(sentences))
        self.train, self.develop, self.test = sentences[:a], sentences[a:b], sentences[b:]
        self.batch = settings.batch
        self.generator = torch.Generator().manual_seed(settings.seed)

    def train_loader(self):
        return DataLoader(self.train, self.batch, shuffle=True, collate_fn=pad, generator=self.generator)

    def loader(self, part):
        return DataLoader(getattr(self, part), 100, collate_fn=pad)

    def known_words(self):
        return {int(w) for words, _ in self.train for w in words}
