"""What is minimised."""
import torch.nn.functional as F
from torch import nn

from .corpus import PAD_TAG


class TaggingLoss(nn.Module):
    """Mean over the words that are there."""

    def __init__(self, smoothing=0.0):
        super().__init__()
        self.smoothing = smoothing

    def forward(self, output, tags):
        return F.cross_entropy(output.flatten(0, 1), tags.flatten(), ignore_index=PAD_TAG, label_smoothing=self.smoothing)


def per_sentence(output, tags):
    """Losses of whole sentences, for the error analysis."""
    loss = F.cross_entropy(output.transpose(1, 2), tags, ignore_index=PAD_TAG, reduction="none")
    return loss.sum(1) / (tags != PAD_TAG).sum(1)
