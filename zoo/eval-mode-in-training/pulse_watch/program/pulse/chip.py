"""The form of a trained net that goes on the chip: norms folded into the convolutions, weights rounded."""
import copy

import torch
from torch import nn

from .modes import in_use


def folded(conv, norm):
    """One convolution that does what the two do with fixed statistics."""
    factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    merged = nn.Conv1d(
        conv.in_channels, conv.out_channels, conv.kernel_size[0], stride=conv.stride[0], padding=conv.padding[0],
    )
    merged.weight.copy_(conv.weight * factor[:, None, None])
    merged.bias.copy_(norm.bias - norm.running_mean * factor)
    return merged


def rounded(tensor, bits):
    """Symmetric rounding with one step for each output channel."""
    levels = 2 ** (bits - 1) - 1
    step = tensor.abs().flatten(1).amax(1).clamp(min=1e-8) / levels
    step = step.view(-1, *[1] * (tensor.dim() - 1))
    return torch.round(tensor / step) * step


@torch.no_grad()
def for_chip(model, bits=8):
    small = copy.deepcopy(model).eval()
    for block in small.blocks:
        block.conv = folded(block.conv, block.norm)
        block.norm = nn.Identity()
        block.conv.weight.copy_(rounded(block.conv.weight, bits))
    small.head.weight.copy_(rounded(small.head.weight, bits))
    return small


def agreement(model, small, loader):
    """Share of beats for which both give the same kind."""
    same = count = 0
    with in_use(model), in_use(small):
        for beats, _ in loader:
            same += (model(beats).argmax(1) == small(beats).argmax(1)).sum().item()
            count += len(beats)
    return same / count
