"""A network that gives a mixture of normals for the flow."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)
        nn.init.zeros_(self.outer.bias)
        with torch.no_grad():
            self.outer.weight.mul_(0.5)

    def forward(self, x):
        return x + self.outer(torch.tanh(self.inner(x)))


class FlowNet(nn.Module):
    def __init__(self, inputs, width, depth, mixtures):
        super().__init__()
        self.entry = nn.Linear(inputs, width)
        self.blocks = nn.Sequential(*(Residual(width) for _ in range(depth)))
        self.exit = nn.Linear(width, 3 * mixtures)

    def forward(self, x):
        """Log weights, means and log spreads, each (rows, mixtures)."""
        h = self.blocks(torch.tanh(self.entry(x)))
        weight, mean, spread = self.exit(h).chunk(3, dim=1)
        return F.log_softmax(weight, 1), mean, spread.clamp(-4.0, 2.0)

    def mean(self, x):
        log_weight, mean, _ = self(x)
        return (log_weight.exp() * mean).sum(1)


def negative_log_likelihood(output, target):
    log_weight, mean, log_spread = output
    z = (target.unsqueeze(1) - mean) * torch.exp(-log_spread)
    parts = log_weight - 0.5 * z.square() - log_spread - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(parts, dim=1).mean()
