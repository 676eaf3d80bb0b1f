"""Transformer encoder that reverses a sequence; fixed token vectors and sinusoidal positions."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def sinusoids(length, dim):
    pos = torch.arange(length).unsqueeze(1)
    freq = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    table = torch.zeros(length, dim)
    table[:, 0::2] = torch.sin(pos * freq)
    table[:, 1::2] = torch.cos(pos * freq)
    return table


class ReverseModel(nn.Module):
    def __init__(self, token_vectors, length, heads=4):
        super().__init__()
        vocab, dim = token_vectors.shape
        self.tokens = nn.Embedding.from_pretrained(token_vectors, freeze=True)
        self.positions = nn.Parameter(sinusoids(length, dim), requires_grad=False)
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(dim, vocab)

    def forward(self, x):
        return self.out(self.encoder(self.tokens(x) + self.positions))


class Trainer:
    def __init__(self, vocab=16, length=12, dim=48, steps=300, batch_size=48):
        self.vocab, self.length, self.steps, self.batch_size = vocab, length, steps, batch_size
        vectors = F.normalize(torch.randn(vocab, dim), dim=1) * math.sqrt(dim) / 2
        self.model = ReverseModel(vectors, length)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=2e-3)

    def sample(self, n):
        x = torch.randint(0, self.vocab, (n, self.length))
        return x, x.flip(1)

    @torch.no_grad()
    def accuracy(self):
        self.model.eval()
        x, y = self.sample(256)
        acc = (self.model(x).argmax(-1) == y).float().mean().item()
        self.model.train()
        return acc

    def train(self):
        for step in range(1, self.steps + 1):
            x, y = self.sample(self.batch_size)
            loss = F.cross_entropy(self.model(x).transpose(1, 2), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if step % 50 == 0:
                print(f"step {step} loss {loss.item():.4f} accuracy {self.accuracy():.4f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    Trainer().train()
