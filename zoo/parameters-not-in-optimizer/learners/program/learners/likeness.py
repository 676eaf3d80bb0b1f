"""Which questions ask for the same skills?"""
import torch


@torch.no_grad()
def closest(tables, names, count=3):
    """Pairs of rows whose vectors point the same way, the closest first."""
    vectors = tables.vector.weight
    unit = vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-9)
    cosine = unit @ unit.T
    cosine = cosine.triu(diagonal=1)
    value, flat = cosine.flatten().topk(count)
    n = len(vectors)
    return [(names[i // n], names[i % n], v) for v, i in zip(value.tolist(), flat.tolist())]


@torch.no_grad()
def spread(tables):
    """Mean length of the vectors and standard deviation of the scalars."""
    return tables.vector.weight.norm(dim=1).mean().item(), tables.scalar.weight.std().item()
