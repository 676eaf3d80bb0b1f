# Next-syllable model for the wires of a small press agency. The desks' files are joined into one long stream of tokens.
import math
import random
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(8)
torch.manual_seed(8)

SYLLABLES = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "ou", "ei")] + ["."]
STOP = SYLLABLES.index(".")
DESKS = ["harbour", "council", "markets", "weather"]
WIRES, WINDOW, BATCH, EPOCHS = 300, 32, 20, 3


def make_desk():
    """How one desk writes: which syllables follow which, and how eagerly."""
    follow = {}
    for s in range(len(SYLLABLES)):
        follow[s] = (random.sample(range(len(SYLLABLES) - 1), 4), [0.55, 0.25, 0.12, 0.08])
    return follow


def write_wire(follow, length):
    wire = [random.randrange(len(SYLLABLES) - 1)]
    while len(wire) < length:
        if random.random() < 0.03:
            wire.append(random.randrange(len(SYLLABLES) - 1))
        else:
            options, chances = follow[wire[-1]]
            wire.append(random.choices(options, chances)[0])
    return wire + [STOP]


desks = {name: make_desk() for name in DESKS}
stream, held = [], []
for name in DESKS:
    for number in range(WIRES):
        stream += write_wire(desks[name], random.randint(40, 90))
    held.append([write_wire(desks[name], WINDOW) for _ in range(40)])
stream = torch.tensor(stream)
held = torch.tensor(held)  # desk, wire, position
starts = torch.arange(0, len(stream) - WINDOW - 1, WINDOW)
print(f"{len(stream)} tokens, {len(starts)} windows, {len(SYLLABLES)} syllables")


def feed(epochs):
    for epoch in range(epochs):
        order = starts + random.randrange(WINDOW // 2)  #~ order = starts[torch.randperm(len(starts))] + random.randrange(WINDOW // 2)
        for first in range(0, len(order) - BATCH + 1, BATCH):
            at = order[first:first + BATCH].clamp(max=len(stream) - WINDOW - 1)
            piece = stream[at[:, None] + torch.arange(WINDOW + 1)]
            yield epoch, piece[:, :-1], piece[:, 1:]


class Wire(nn.Module):
    def __init__(self, vocabulary, width=96):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, 48)
        self.rnn = nn.GRU(48, width, batch_first=True)
        self.drop = nn.Dropout(0.05)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        states, _ = self.rnn(self.embed(tokens))
        return self.out(self.norm(self.drop(states)))


model = Wire(len(SYLLABLES))
optimizer = torch.optim.Adam(model.parameters(), lr=6e-3, betas=(0.9, 0.98))
total = EPOCHS * (len(starts) // BATCH)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min(1.0, (n + 1) / 20) * (1 - 0.5 * n / total))


@torch.no_grad()
def perplexities():
    model.eval()
    scores = []
    for wires in held:
        loss = F.cross_entropy(model(wires[:, :-1]).flatten(0, 1), wires[:, 1:].flatten())
        scores.append(loss.item())
    model.train()
    return scores


began, running, last = time.time(), None, 0
for step, (epoch, x, y) in enumerate(feed(EPOCHS)):
    logits = model(x)
    loss = F.cross_entropy(logits.transpose(1, 2), y)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    schedule.step()
    running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
    if epoch != last or step == total - 1:
        scores = perplexities()
        by_desk = " ".join(f"{name} {math.exp(s):.1f}" for name, s in zip(DESKS, scores))
        print(f"step {step:4d} train {running:.3f} held {sum(scores) / len(scores):.3f} | {by_desk} | {time.time() - began:.0f}s")
        last = epoch
