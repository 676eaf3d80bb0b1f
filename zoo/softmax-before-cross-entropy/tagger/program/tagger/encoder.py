"""Words in context."""
import torch
from torch import nn


class WordDropout(nn.Module):
    """Replaces whole words by the unknown (padding) vector now and then."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, vectors):
        if not self.training or self.p == 0:
            return vectors
        keep = torch.rand(vectors.shape[:2], device=vectors.device) >= self.p
        return vectors * keep.unsqueeze(-1)


class Encoder(nn.Module):
    def __init__(self, words, embedding, hidden, dropout):
        super().__init__()
        self.embed = nn.Embedding(words + 1, embedding, padding_idx=0)
        self.word_dropout = WordDropout(dropout / 2)
        self.before = nn.Conv1d(embedding, hidden, 3, padding=1)
        self.after = nn.Conv1d(hidden, hidden, 3, padding=1)
        self.skip = nn.Linear(embedding, hidden)
        self.dropout = nn.Dropout(dropout)

    @property
    def width(self):
        return self.skip.out_features

    def forward(self, words):
        x = self.word_dropout(self.embed(words))
        context = torch.relu(self.before(x.transpose(1, 2)))
        context = self.after(context).transpose(1, 2)
        return self.dropout(torch.relu(self.skip(x) + context))
