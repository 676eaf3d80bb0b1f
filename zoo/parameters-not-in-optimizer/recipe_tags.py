"""Tag ingredients in recipe lines: embedding, a small attention neck and a tagging head, with groups of learning rates."""
import random
from collections import Counter

import torch
import torch.nn.functional as F
from torch import nn

FOODS = "flour sugar butter milk salt pepper onion garlic rice beans cream honey lemon basil".split()
UNITS = "gram cup spoon litre pinch slice".split()
VERBS = "add stir chop mix fold heat pour".split()
OTHER = "the of and then into with over until slowly fresh warm well".split()
TAGS = ["other", "amount", "unit", "food", "later"]
WORDS = {w: i + 1 for i, w in enumerate(FOODS + UNITS + VERBS + OTHER + [str(n) for n in range(1, 10)])}
LENGTH = 14


def recipe_line(rng):
    """A food is tagged 'later' when the line says 'until' before it and 'food' otherwise; numbers count only before a unit."""
    words = [rng.choice(OTHER + VERBS + FOODS + UNITS + [str(n) for n in range(1, 10)]) for _ in range(LENGTH)]
    if rng.random() < 0.5:
        words = [w if w != "until" else "well" for w in words]
    tags = []
    waiting = False
    for i, w in enumerate(words):
        waiting = waiting or w == "until"
        if w in FOODS:
            tags.append("later" if waiting else "food")
        elif w.isdigit():
            tags.append("amount" if i + 1 < LENGTH and words[i + 1] in UNITS else "other")
        elif w in UNITS:
            tags.append("unit" if i and words[i - 1].isdigit() else "other")
        else:
            tags.append("other")
    return [WORDS[w] for w in words], [TAGS.index(t) for t in tags]


def corpus(n, seed):
    rng = random.Random(seed)
    words, tags = zip(*(recipe_line(rng) for _ in range(n)))
    return torch.tensor(words), torch.tensor(tags)


class Tagger(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.backbone = nn.ModuleDict({"words": nn.Embedding(len(WORDS) + 1, width, padding_idx=0), "places": nn.Embedding(LENGTH, width)})
        self.neck = nn.ModuleDict({
            "mix": nn.GRU(width, width, batch_first=True),
            "near": nn.Conv1d(width, width, 3, padding=1),
            "norm": nn.LayerNorm(width),
        })
        self.head = nn.Linear(width, len(TAGS))

    def forward(self, words):
        h = self.backbone["words"](words) + self.backbone["places"].weight
        before, _ = self.neck["mix"](h)
        near = self.neck["near"](h.transpose(1, 2)).transpose(1, 2)
        return self.head(self.neck["norm"](F.silu(before + near)))


def groups(model, lr, names=("backbone", "head")):  #~ def groups(model, lr, names=("backbone", "neck", "head")):
    scale = {"backbone": 0.5, "neck": 1.0, "head": 2.0}
    return [{"params": list(getattr(model, name).parameters()), "lr": lr * scale[name], "name": name} for name in names]


def score(model, words, tags):
    model.eval()
    with torch.no_grad():
        guess = model(words).argmax(-1)
    recalls = [(guess[tags == k] == k).float().mean().item() for k in range(len(TAGS))]
    return (guess == tags).float().mean().item(), dict(zip(TAGS, recalls))


def main():
    torch.manual_seed(6)
    words, tags = corpus(1600, seed=1)
    val_words, val_tags = corpus(400, seed=2)
    counts = Counter(tags.flatten().tolist())
    weights = torch.tensor([counts[k] ** -0.5 for k in range(len(TAGS))])
    criterion = nn.CrossEntropyLoss(weight=weights / weights.mean())

    model = Tagger()
    optimizer = torch.optim.Adam(groups(model, lr=4e-3), betas=(0.9, 0.98))
    for epoch in range(1, 8):
        model.train()
        total = 0.0
        batches = torch.randperm(len(words)).split(32)
        for rows in batches:
            loss = criterion(model(words[rows]).flatten(0, 1), tags[rows].flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        right, recalls = score(model, val_words, val_tags)
        detail = "  ".join(f"{k} {v:.2f}" for k, v in recalls.items())
        print(f"epoch {epoch}  loss {total / len(batches):.3f}  right {right:.3f}  recall: {detail}")


if __name__ == "__main__":
    main()
