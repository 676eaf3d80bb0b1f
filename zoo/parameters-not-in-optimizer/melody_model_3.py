"""A small model of tunes: the next note (pitch and length) from the notes so far. Writes a tune at the end."""
import math
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

PITCHES = "C D E F G A B".split()
LENGTHS = (1, 2, 3)
CHORDS = [(0, 2, 4), (5, 0, 2), (3, 5, 0), (4, 6, 1)]
START = len(PITCHES) * len(LENGTHS)


@dataclass
class Options:
    tunes: int = 600
    notes: int = 28
    width: int = 48
    batch: int = 20
    epochs: int = 10
    lr: float = 1e-2
    decay: float = 0.01
    clip: float = 1.0
    seed: int = 3


def compose(notes, rng):
    """Four chords of four beats, over and over; strong beats take the root more often."""
    beat, tune, previous = 0, [START], 0
    for _ in range(notes):
        chord = CHORDS[(beat // 4) % len(CHORDS)]
        left = 4 - beat % 4
        length = rng.choice([n for n in LENGTHS if n <= left])
        if rng.random() < 0.06:
            pitch = rng.randrange(len(PITCHES))
        elif beat % 4 == 0 and rng.random() < 0.7:
            pitch = chord[0]
        else:
            pitch = rng.choice([p for p in chord if p != previous])
        tune.append(pitch * len(LENGTHS) + length - 1)
        beat, previous = beat + length, pitch
    return tune


class TuneModel(nn.Module):
    def __init__(self, tokens, width):
        super().__init__()
        self.embed = nn.Embedding(tokens, 24)
        self.drop = nn.Dropout(0.05)
        self.memory = nn.GRU(24, width, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.next = nn.Linear(width, tokens - 1)

    def forward(self, tokens, state=None):
        h, state = self.memory(self.drop(self.embed(tokens)), state)
        return self.next(self.norm(h)), state


def make_optimizer(model, opt):
    """Weight decay for the matrices only, none for norms and biases."""
    norms = {id(p) for m in model.modules() if isinstance(m, nn.LayerNorm) for p in m.parameters()}
    named = list(model.named_parameters())
    matrices = [p for n, p in named if n.endswith("weight") and id(p) not in norms]
    rest = [p for n, p in named if n.endswith("bias") or id(p) in norms]  #~ rest = [p for n, p in named if not n.endswith("weight") or id(p) in norms]
    groups = [{"params": matrices, "weight_decay": opt.decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=opt.lr, betas=(0.9, 0.98))


@torch.no_grad()
def perplexity(model, tunes):
    model.eval()
    out, _ = model(tunes[:, :-1])
    loss = F.cross_entropy(out.flatten(0, 1), tunes[:, 1:].flatten()).item()
    right = (out.argmax(-1) == tunes[:, 1:]).float().mean().item()
    model.train()
    return math.exp(loss), right


@torch.no_grad()
def write_tune(model, notes, temperature=0.8):
    model.eval()
    token, state, names = torch.tensor([[START]]), None, []
    for _ in range(notes):
        out, state = model(token, state)
        token = torch.multinomial(F.softmax(out[:, -1] / temperature, dim=-1), 1)
        pitch, length = divmod(token.item(), len(LENGTHS))
        names.append(PITCHES[pitch] + "-" * length)
    return " ".join(names)


def main():
    opt = Options()
    torch.manual_seed(opt.seed)
    rng = random.Random(opt.seed)
    train = torch.tensor([compose(opt.notes, rng) for _ in range(opt.tunes)])
    valid = torch.tensor([compose(opt.notes, rng) for _ in range(120)])

    model = TuneModel(START + 1, opt.width)
    optimizer = make_optimizer(model, opt)
    per_epoch = math.ceil(len(train) / opt.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, opt.epochs * per_epoch, eta_min=1e-4)
    for epoch in range(1, opt.epochs + 1):
        total = 0.0
        for rows in torch.randperm(len(train)).split(opt.batch):
            tunes = train[rows]
            out, _ = model(tunes[:, :-1])
            loss = F.cross_entropy(out.transpose(1, 2), tunes[:, 1:])
            model.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), opt.clip)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        ppl, right = perplexity(model, valid)
        print(f"epoch {epoch:2d}  loss {total / len(train):.4f}  perplexity of other tunes {ppl:.3f}  next note right {right:.3f}")
    print(write_tune(model, 16))


if __name__ == "__main__":
    main()
