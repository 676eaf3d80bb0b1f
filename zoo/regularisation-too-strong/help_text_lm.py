"""Character model of Python's help texts: GRU, next character, judged by bits per character."""
import inspect
import math
import random

import torch
from torch import nn

OPTIONS = dict(
    modules=("string", "textwrap", "shutil", "random", "statistics", "fractions", "calendar", "csv", "json"),
    embed=24, hidden=96, span=48, batch=32, steps=420,
    lr=4e-3, warmup=30, decay=3.0,  #~ lr=4e-3, warmup=30, decay=0.01,
    seed=19,
)


def corpus(modules):
    texts = []
    for name in modules:
        module = __import__(name)
        for _, member in sorted(inspect.getmembers(module), key=lambda m: m[0]):
            doc = inspect.getdoc(member)
            if doc and getattr(member, "__module__", name) == name:
                texts.append(" ".join(doc.lower().split()))
    random.shuffle(texts)
    text = "\n".join(texts)
    return "".join(c if c in " \nabcdefghijklmnopqrstuvwxyz.,()'_-" else "#" for c in text)


class CharModel(nn.Module):
    def __init__(self, alphabet, embed, hidden):
        super().__init__()
        self.embed = nn.Embedding(alphabet, embed)
        self.rnn = nn.GRU(embed, hidden, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, alphabet)

    def forward(self, x):
        h, _ = self.rnn(self.embed(x))
        return self.out(self.norm(h))


def groups(model, decay):
    """Matrices decay, biases and norms do not."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    return [
        {"params": matrices, "weight_decay": decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def bits(model, ids, span):
    model.eval()
    n = (len(ids) - 1) // span
    x = ids[:n * span].view(n, span)
    y = ids[1:n * span + 1].view(n, span)
    with torch.no_grad():
        loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
    return loss.item() / math.log(2)


def train(o):
    random.seed(o["seed"])
    torch.manual_seed(o["seed"])
    text = corpus(o["modules"])
    letters = sorted(set(text))
    ids = torch.tensor([letters.index(c) for c in text])
    cut = int(0.9 * len(ids))
    known, unseen = ids[:cut], ids[cut:]
    frequency = torch.bincount(unseen, minlength=len(letters)).float() / len(unseen)
    letters_only = -(frequency * (frequency + 1e-9).log2()).sum()
    print(f"{len(text)} characters, {len(letters)} different, {letters_only:.3f} bits for single letters")

    model = CharModel(len(letters), o["embed"], o["hidden"])
    optimizer = torch.optim.AdamW(groups(model, o["decay"]), lr=o["lr"], betas=(0.9, 0.95))

    def factor(step):
        if step < o["warmup"]:
            return (step + 1) / o["warmup"]
        return 0.55 + 0.45 * math.cos(math.pi * (step - o["warmup"]) / (o["steps"] - o["warmup"]))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    offsets = torch.arange(o["span"])
    for step in range(o["steps"]):
        model.train()
        starts = torch.randint(cut - o["span"] - 1, (o["batch"], 1))
        x, y = known[starts + offsets], known[starts + offsets + 1]
        loss = nn.functional.cross_entropy(model(x).transpose(1, 2), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % 70 == 0:
            print(f"step {step + 1}  train {loss.item() / math.log(2):.3f}  unseen {bits(model, unseen, o['span']):.3f} bits")
    return model


train(OPTIONS)
