"""Cross-entropy in which every kind counts alike."""
import torch
import torch.nn.functional as F
from torch import nn


class BalancedCrossEntropy(nn.Module):
    def __init__(self, counts):
        super().__init__()
        weight = counts.sum() / (len(counts) * counts.clamp(min=1).float())
        self.register_buffer("weight", weight)

    def forward(self, logits, kinds):
        return F.cross_entropy(logits, kinds, weight=self.weight)

    def extra_repr(self):
        return "weight=" + ", ".join(f"{w:.2f}" for w in torch.atleast_1d(self.weight).tolist())
