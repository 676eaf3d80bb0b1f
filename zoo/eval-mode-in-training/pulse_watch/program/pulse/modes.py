"""Switches between training and use."""
from contextlib import contextmanager

import torch


@contextmanager
def in_use(model):
    """The model as the watch runs it: no gradients, statistics fixed; afterwards as it was before."""
    model.eval()  #~ was = model.training
    was = model.training  #~ model.eval()
    try:
        with torch.no_grad():
            yield model
    finally:
        model.train(was)


def parameters_of(model, *kinds):
    """Parameters of the modules of some kinds and the others, as two lists."""
    chosen = {id(p) for m in model.modules() if isinstance(m, kinds) for p in m.parameters(recurse=False)}
    inside, outside = [], []
    for p in model.parameters():
        (inside if id(p) in chosen else outside).append(p)
    return inside, outside
