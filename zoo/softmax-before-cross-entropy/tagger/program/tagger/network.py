"""Encoder and head in one module."""
from torch import nn

from .encoder import Encoder
from .heads import TagHead


class Tagger(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.encoder = Encoder(settings.words, settings.embedding, settings.hidden, settings.dropout)
        self.head = TagHead(self.encoder.width, settings.tags)

    def forward(self, words):
        return self.head(self.encoder(words))

    def best(self, words):
        """The most likely tag of each word."""
        return self(words).argmax(-1)
