"""How good are the predicted chances?"""
import torch
import torch.nn.functional as F


def log_loss(logits, right):
    return F.binary_cross_entropy_with_logits(logits, right).item()


def accuracy(logits, right):
    return ((logits > 0) == (right > 0.5)).float().mean().item()


def auc(logits, right):
    """The chance that a right answer gets a higher score than a wrong one."""
    order = logits.argsort()
    ranks = torch.empty_like(logits)
    ranks[order] = torch.arange(1, len(logits) + 1, dtype=logits.dtype)
    positive = right > 0.5
    n, m = positive.sum(), (~positive).sum()
    return ((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)).item()


def calibration(logits, right, bins=5):
    """Predicted and observed share of right answers in bins of equal width."""
    chance = logits.sigmoid()
    index = (chance * bins).long().clamp(max=bins - 1)
    rows = []
    for b in range(bins):
        mask = index == b
        if mask.any():
            rows.append((chance[mask].mean().item(), right[mask].mean().item(), int(mask.sum())))
    return rows
