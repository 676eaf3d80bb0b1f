"""Training objectives."""
import torch.nn.functional as F
from torch import nn


class SmoothedCrossEntropy(nn.Module):
    def __init__(self, smoothing):
        super().__init__()
        self.smoothing = smoothing

    def forward(self, logits, labels):
        log_p = F.log_softmax(logits, dim=-1)
        chosen = -log_p.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
        uniform = -log_p.mean(-1)
        return ((1 - self.smoothing) * chosen + self.smoothing * uniform).mean()


def build(config):
    return SmoothedCrossEntropy(config.smoothing)
