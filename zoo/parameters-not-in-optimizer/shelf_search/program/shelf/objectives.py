"""Losses over the matrix of scores of a batch."""
import torch
from torch.nn import functional as F


def both_ways(scores):
    """Cross entropy of the right item for a query and of the right query for an item."""
    right = torch.arange(len(scores))
    return 0.5 * (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right))


def chance(size):
    """What a model without a clue gets."""
    return float(torch.log(torch.tensor(float(size))))
