"""A short description of a network."""
from torch import nn


def rows(model):
    """Name, kind and number of weights of each child, nested containers summed."""
    for name, child in model.named_children():
        weights = sum(p.numel() for p in child.parameters())
        convolutions = sum(isinstance(m, nn.Conv1d) for m in child.modules())
        kind = f"{convolutions} convolutions" if convolutions else type(child).__name__
        yield name, kind, weights


def text(model):
    lines = [f"  {name:10s} {kind:20s} {weights:7d}" for name, kind, weights in rows(model)]
    total = sum(weights for _, _, weights in rows(model))
    return "\n".join([*lines, f"  {'total':31s} {total:7d}"])
