"""Start every backward from one number: the mean of what it was called on."""

from __future__ import annotations

import functools
from typing import Any

import torch

from unstuck.experiment.changes import World


def install(world: World) -> None:
    """Tensors of several numbers only; gradients that the program passes itself are left alone."""
    hit = world.counter()

    def make(original: Any) -> Any:
        @functools.wraps(original)
        def backward(tensors: Any, grad_tensors: Any = None, *args: Any, **kwargs: Any) -> Any:
            if isinstance(tensors, torch.Tensor) and tensors.numel() > 1 and grad_tensors is None:
                hit()
                tensors = tensors.mean()
            return original(tensors, grad_tensors, *args, **kwargs)

        return backward

    world.session.replace(torch.autograd, "backward", make)
