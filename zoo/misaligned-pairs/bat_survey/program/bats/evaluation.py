"""Figures on the calls of a night."""
import torch

from . import SPECIES


@torch.no_grad()
def confusion(model, collection):
    model.eval()
    logits, _ = model(collection.values)
    guess = logits.argmax(1)
    kinds = len(SPECIES)
    return torch.bincount(collection.species * kinds + guess, minlength=kinds * kinds).view(kinds, kinds)


def figures(table):
    table = table.double()
    right = table.diagonal()
    recall = right / table.sum(1).clamp(min=1)
    precision = right / table.sum(0).clamp(min=1)
    f1 = 2 * recall * precision / (recall + precision).clamp(min=1e-9)
    return {"accuracy": (right.sum() / table.sum()).item(), "macro f1": f1.mean().item()}


def mixed_up(table, count=3):
    """The pairs of species that are taken for each other most."""
    pairs = []
    for a in range(len(SPECIES)):
        for b in range(a):
            pairs.append((int(table[a, b] + table[b, a]), SPECIES[a], SPECIES[b]))
    pairs.sort(reverse=True)
    return [f"{a} / {b}: {n}" for n, a, b in pairs[:count]]
