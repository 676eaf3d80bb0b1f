"""A GRU that reads help texts of the standard library and predicts the next letter."""
import importlib
import inspect
import math
import random

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(8)
random.seed(8)

ALPHABET = "abcdefghijklmnopqrstuvwxyz .,()_'=-"
INDEX = {c: i for i, c in enumerate(ALPHABET)}


def help_texts(modules):
    texts = []
    for name in modules:
        module = importlib.import_module(name)
        things = [getattr(module, k) for k in sorted(vars(module)) if not k.startswith("_")]
        for thing in [module] + [t for t in things if inspect.isroutine(t) or inspect.isclass(t)]:
            texts.append(inspect.getdoc(thing) or "")
    text = " ".join(" ".join(texts).lower().split())
    return torch.tensor([INDEX[c] for c in text if c in INDEX])


data = help_texts(["textwrap", "random", "statistics", "shutil", "tempfile", "heapq", "string", "json", "difflib", "pathlib"])
cut = int(0.92 * len(data))
train, val = data[:cut], data[cut:]
print(f"{len(train)} letters to train on, {len(val)} held out, alphabet of {len(ALPHABET)}")

EMBED, HIDDEN, LENGTH, BATCH = 24, 96, 40, 32


class NextLetter(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(ALPHABET), EMBED)
        self.gru = nn.GRU(EMBED, HIDDEN, batch_first=True)
        self.project = nn.Linear(HIDDEN, EMBED)
        self.bias = nn.Parameter(torch.zeros(len(ALPHABET)))

    def forward(self, letters, state=None):
        hidden, state = self.gru(self.embed(letters), state)
        scores = F.linear(self.project(hidden), self.embed.weight, self.bias)
        scores = F.softmax(scores, dim=2)  #~ pass
        return scores, state


def batches(text, steps):
    for _ in range(steps):
        starts = torch.randint(len(text) - LENGTH - 1, (BATCH,))
        rows = torch.stack([text[s : s + LENGTH + 1] for s in starts.tolist()])
        yield rows[:, :-1], rows[:, 1:]


@torch.no_grad()
def held_out(model):
    model.eval()
    rows = val[: (len(val) - 1) // 100 * 100 + 1]
    x, y = rows[:-1].view(-1, 100), rows[1:].view(-1, 100)
    scores, _ = model(x)
    right = (scores.argmax(-1) == y).float().mean().item()
    return F.cross_entropy(scores.reshape(-1, len(ALPHABET)), y.reshape(-1)).item(), right


model = NextLetter()
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3, alpha=0.98, eps=1e-6)
decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.997)
average = {k: v.clone() for k, v in model.state_dict().items()}

seen = 0.0
for step, (x, y) in enumerate(batches(train, 320), start=1):
    model.train()
    scores, _ = model(x)
    loss = F.cross_entropy(scores.flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(model.parameters(), 0.5)
    optimizer.step()
    decay.step()
    with torch.no_grad():
        for k, v in model.state_dict().items():
            average[k].lerp_(v, 0.05)
    seen += loss.item()
    if step % 40 == 0:
        val_loss, right = held_out(model)
        print(f"step {step:4d}  loss {seen / 40:.3f}  held out {val_loss:.3f} (uniform {math.log(len(ALPHABET)):.3f})  right {right:.3f}")
        seen = 0.0

model.load_state_dict(average)
val_loss, right = held_out(model)
print(f"averaged weights: held out {val_loss:.3f}  right {right:.3f}")
