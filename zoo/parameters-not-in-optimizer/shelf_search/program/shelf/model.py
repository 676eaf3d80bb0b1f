"""Two towers over one table of words."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Words(nn.Module):
    """Mean of the vectors of the words of a row, with a learned weight for each word."""

    def __init__(self, vocabulary, size):
        super().__init__()
        self.vectors = nn.Embedding(vocabulary + 1, size, padding_idx=0)
        self.weights = nn.Embedding(vocabulary + 1, 1, padding_idx=0)
        nn.init.normal_(self.vectors.weight, std=0.5)
        nn.init.zeros_(self.weights.weight)
        with torch.no_grad():
            self.vectors.weight[0].zero_()

    def forward(self, words):
        mask = words > 0
        score = self.weights(words).squeeze(-1).masked_fill(~mask, float("-inf"))
        share = score.softmax(1).unsqueeze(-1)
        return (share * self.vectors(words)).sum(1)


class Tower(nn.Module):
    def __init__(self, inputs, hidden, output):
        super().__init__()
        self.inner = nn.Linear(inputs, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.outer = nn.Linear(hidden, output, bias=False)

    def forward(self, x):
        h = F.gelu(self.norm(self.inner(x)))
        return F.normalize(self.outer(h), dim=1)


class TwoTowers(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.words = Words(config.vocabulary, config.word_size)
        self.query = Tower(config.word_size, config.hidden, config.output)
        self.item = Tower(config.word_size, config.hidden, config.output)
        self.log_scale = nn.Parameter(torch.tensor(math.log(config.start_scale)))

    def embed_queries(self, words):
        return self.query(self.words(words))

    def embed_items(self, words):
        return self.item(self.words(words))

    def forward(self, queries, items):
        """Scores of every query with every item of the batch."""
        q, i = self.embed_queries(queries), self.embed_items(items)
        return self.log_scale.exp() * q @ i.T


def count(model):
    return sum(p.numel() for p in model.parameters())
