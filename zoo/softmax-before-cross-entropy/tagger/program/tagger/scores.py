"""Accuracy over words, over ambiguous words, and over sentences."""
from dataclasses import dataclass

import torch

from .corpus import PAD_TAG


@dataclass
class Scores:
    words: int = 0
    right: int = 0
    sentences: int = 0
    perfect: int = 0
    loss: float = 0.0

    def add(self, guess, tags, loss):
        real = tags != PAD_TAG
        hit = (guess == tags) & real
        self.words += int(real.sum())
        self.right += int(hit.sum())
        self.sentences += len(tags)
        self.perfect += int((hit == real).all(1).sum())
        self.loss += loss * int(real.sum())

    @property
    def accuracy(self):
        return self.right / max(1, self.words)

    def line(self):
        return (f"loss {self.loss / max(1, self.words):.3f}  words {self.accuracy:.3f}  "
                f"sentences {self.perfect / max(1, self.sentences):.3f}")


def majority(train, part):
    """The accuracy of always naming the most frequent tag."""
    tags = torch.cat([t for _, t in train])
    top = torch.bincount(tags).argmax()
    held = torch.cat([t for _, t in part])
    return (held == top).float().mean().item()
