"""Reads the badges held to a gate in one night; says for each whether it is new, back once, or a regular."""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SETTINGS = json.loads((pathlib.Path(__file__).parent / "settings.json").read_text())


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.join = nn.Linear(width, width)

    def forward(self, x):
        n, t, w = x.shape
        q, k, v = (f(x).view(n, t, self.heads, w // self.heads).transpose(1, 2) for f in (self.query, self.key, self.value))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.join(mixed.transpose(1, 2).reshape(n, t, w))


class Layer(nn.Module):
    def __init__(self, width, heads, feedforward, dropout):
        super().__init__()
        self.attention = Attention(width, heads)
        self.expand, self.shrink = nn.Linear(width, feedforward), nn.Linear(feedforward, width)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.drop(self.attention(self.before(x)))
        return x + self.drop(self.shrink(F.gelu(self.expand(self.between(x)))))


class Gate(nn.Module):
    def __init__(self, badges, length, labels, *, width, heads, layers, feedforward, dropout, initializer_range):
        super().__init__()
        self.badge, self.place = nn.Embedding(badges, width), nn.Embedding(length, width)
        self.layers = nn.ModuleList(Layer(width, heads, feedforward, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.label = nn.Linear(width, labels)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, 0.0, initializer_range)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, badges):
        x = self.badge(badges) + self.place.weight[:badges.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.label(self.norm(x))


def nights(badges, length, count, rng):
    """A few of the badges are about each night; the label counts earlier passages: 0, 1, 2 or more."""
    seen = np.empty((count, length), dtype=np.int64)
    labels = np.empty_like(seen)
    for i in range(count):
        about = rng.choice(badges, 14, replace=False)
        chance = rng.dirichlet(np.full(14, 0.8))
        seen[i] = rng.choice(about, length, p=chance)
        earlier = np.tril(seen[i][:, None] == seen[i][None], -1).sum(1)
        labels[i] = np.minimum(earlier, 2)
    return torch.from_numpy(seen), torch.from_numpy(labels)


class Trainer:
    def __init__(self, settings):
        data, self.plan = settings["data"], settings["training"]
        torch.manual_seed(data["seed"])
        rng = np.random.default_rng(data["seed"])
        self.train = nights(data["badges"], data["length"], data["nights"], rng)
        self.check = nights(data["badges"], data["length"], 400, rng)
        self.model = Gate(data["badges"], data["length"], 3, **settings["model"])
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.plan["lr"], betas=tuple(self.plan["betas"]))
        self.warmup = torch.optim.lr_scheduler.LinearLR(self.optimizer, 0.1, 1.0, self.plan["warmup"])

    def batches(self):
        order = torch.randperm(len(self.train[0]))
        for take in order.chunk(len(order) // self.plan["batch"]):
            yield self.train[0][take], self.train[1][take]

    def epoch(self):
        self.model.train()
        losses = []
        for badges, labels in self.batches():
            loss = F.cross_entropy(self.model(badges).flatten(0, 1), labels.flatten())
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.warmup.step()
            losses.append(loss.item())
        return losses

    @torch.no_grad()
    def score(self):
        self.model.eval()
        guess = self.model(self.check[0]).argmax(-1)
        return (guess == self.check[1]).float().mean().item(), (guess == self.check[1])[:, 12:].float().mean().item()

    def run(self):
        print("labels:", torch.bincount(self.train[1].flatten()).tolist())
        for number in range(self.plan["epochs"]):
            losses = self.epoch()
            whole, late = self.score()
            print(f"epoch {number} loss {losses[0]:.3f} .. {np.mean(losses[-10:]):.3f} right {whole:.3f} (second half of the night {late:.3f})")


if __name__ == "__main__":
    Trainer(SETTINGS).run()
