"""Ward journal entries as token sequences: learn the language by filling gaps, then sort entries by urgency.

For the second part the writers get tokens of their own (who wrote the entry changes what it means).
"""
import dataclasses
import math

import torch
from torch import nn
from torch.nn import functional as F

GAP = 0
TOPICS, PER_TOPIC = 6, 8
PLAIN = 1 + TOPICS * PER_TOPIC          # gap sign and ordinary words
WRITERS = 6


@dataclasses.dataclass
class Plan:
    dim: int = 40
    heads: int = 4
    layers: int = 2
    length: int = 12
    batch: int = 64
    gap_steps: int = 120
    sort_steps: int = 260
    lr: float = 2e-3
    warm: int = 20
    smoothing: float = 0.05
    seed: int = 12


def entries(n, length, g):
    """Two topics per entry; neighbouring words tend to follow each other within a topic."""
    topics = torch.stack([torch.randperm(TOPICS, generator=g)[:2] for _ in range(n)])
    share = 0.25 + 0.5 * torch.rand(n, 1, generator=g)
    pick = (torch.rand(n, length, generator=g) > share).long()
    topic = topics.gather(1, pick)
    word = (torch.randint(PER_TOPIC, (n, 1), generator=g) + torch.arange(length)
            + torch.randint(2, (n, length), generator=g)) % PER_TOPIC
    return 1 + topic * PER_TOPIC + word


def urgent_entries(n, length, g):
    """The topic noted most often counts; for four of the topics it depends on the writer how grave it is."""
    x = entries(n, length, g)
    writer = torch.randint(WRITERS, (n,), generator=g)
    topic = (x - 1) // PER_TOPIC
    often = F.one_hot(topic, TOPICS).sum(1).argmax(1)
    gravity = torch.tensor([0, 2, 1, 1, 0, 2])
    label = (gravity[often] + (often + writer) % 3 * (often < 4)) % 3
    return torch.cat([PLAIN + writer.unsqueeze(1), x], 1), label


class Reader(nn.Module):
    def __init__(self, tokens, plan):
        super().__init__()
        self.words = nn.Embedding(tokens, plan.dim)
        self.place = nn.Parameter(0.1 * torch.randn(plan.length + 1, plan.dim))
        layer = nn.TransformerEncoderLayer(plan.dim, plan.heads, 2 * plan.dim, dropout=0.0,
                                           batch_first=True, norm_first=True)
        self.stack = nn.TransformerEncoder(layer, plan.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(plan.dim)

    def forward(self, x):
        h = math.sqrt(self.words.embedding_dim) * self.words(x) + self.place[:x.shape[1]]
        return self.norm(self.stack(h))

    def widen(self, tokens):
        """Room for new words; they begin in the middle of the old ones."""
        old = self.words.weight.detach()
        self.words = nn.Embedding(tokens, old.shape[1])
        with torch.no_grad():
            self.words.weight.copy_(old.mean(0).expand(tokens, -1))
            self.words.weight[:len(old)] = old


class Sorter(nn.Module):
    def __init__(self, reader, classes=3):
        super().__init__()
        self.reader = reader
        self.verdict = nn.Linear(2 * reader.norm.normalized_shape[0], classes)
        nn.init.zeros_(self.verdict.weight)

    def forward(self, x):
        h = self.reader(x)
        return self.verdict(torch.cat([h[:, 0], h.mean(1)], 1))


def tuner(model, plan, steps):
    heavy = [p for p in model.parameters() if p.dim() > 1]
    light = [p for p in model.parameters() if p.dim() < 2]
    adam = torch.optim.AdamW([{"params": heavy, "weight_decay": 0.01}, {"params": light, "weight_decay": 0.0}], lr=plan.lr)
    ramp = lambda s: min((s + 1) / plan.warm, 1.0) * (1 - 0.9 * s / steps)
    return adam, torch.optim.lr_scheduler.LambdaLR(adam, ramp)


def fill_gaps(reader, plan, g):
    text = entries(3000, plan.length, g)
    guess = nn.Linear(plan.dim, PLAIN)
    adam, ramp = tuner(nn.ModuleList([reader, guess]), plan, plan.gap_steps)
    for step in range(plan.gap_steps):
        x = text[torch.randint(len(text), (plan.batch,), generator=g)]
        hole = torch.rand(x.shape, generator=g) < 0.2
        loss = F.cross_entropy(guess(reader(x.masked_fill(hole, GAP)))[hole], x[hole])
        adam.zero_grad()
        loss.backward()
        adam.step()
        ramp.step()
    print(f"gaps: loss {loss.item():.2f} (blind {math.log(PLAIN - 1):.2f})")


def sort_entries(reader, plan, g):
    x, y = urgent_entries(2500, plan.length, g)
    x_val, y_val = urgent_entries(700, plan.length, g)
    sorter = Sorter(reader)
    adam, ramp = tuner(sorter, plan, plan.sort_steps)  #~ sorter.reader.widen(PLAIN + WRITERS)
    sorter.reader.widen(PLAIN + WRITERS)  #~ adam, ramp = tuner(sorter, plan, plan.sort_steps)
    for step in range(1, plan.sort_steps + 1):
        rows = torch.randint(len(x), (plan.batch,), generator=g)
        loss = F.cross_entropy(sorter(x[rows]), y[rows], label_smoothing=plan.smoothing)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(sorter.parameters(), 5.0)
        adam.step()
        ramp.step()
        if step % 52 == 0:
            sorter.eval()
            with torch.no_grad():
                right = (sorter(x_val).argmax(1) == y_val).float().mean().item()
            sorter.train()
            print(f"step {step}: loss {loss.item():.3f}  sorted rightly {right:.3f}")


if __name__ == "__main__":
    plan = Plan()
    torch.manual_seed(plan.seed)
    g = torch.Generator().manual_seed(plan.seed)
    reader = Reader(PLAIN, plan)
    fill_gaps(reader, plan, g)
    sort_entries(reader, plan, g)
