"""Make a layer as wide as what it is given: its weight is replaced in place before the first step."""

from __future__ import annotations

import math
from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import when_found

SETTINGS = ("in_features", "in_channels", "input_size", "num_features", "num_embeddings", "normalized_shape")


def install(world: World, at: dict[str, Any], size: int, outputs: bool = False) -> None:
    """`at`: the module; `size`: inputs (channels, entries) that it gets, or with `outputs` how many it makes.

    The parameters stay the same objects, so that the optimizer holds them.
    """
    hit = world.counter()

    def resize(module: torch.nn.Module) -> None:
        old = None if outputs else next((getattr(module, name) for name in SETTINGS if hasattr(module, name)), None)
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            for name, tensor in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
                shape = _resized(module, name, tuple(tensor.shape), size, outputs)
                if shape != tuple(tensor.shape):
                    tensor.data = _drawn(module, name, shape, tensor)
                    hit()
        if old is not None:
            _set(module, size, old)

    when_found(world, at, resize)


def _resized(module: torch.nn.Module, name: str, shape: tuple[int, ...], size: int, outputs: bool) -> tuple[int, ...]:
    if not shape:
        return shape
    if isinstance(module, (torch.nn.Embedding, torch.nn.EmbeddingBag)):
        return (shape[0], size) if outputs else (size, shape[1])
    if outputs:
        return (size, *shape[1:])
    if isinstance(module, torch.nn.RNNBase):
        return (shape[0], size) if name in ("weight_ih_l0", "weight_ih_l0_reverse") else shape
    if "Norm" in type(module).__name__:
        return (size,)
    if name != "weight":
        return shape
    return (size, *shape[1:]) if getattr(module, "transposed", False) else (shape[0], size, *shape[2:])


def _drawn(module: torch.nn.Module, name: str, shape: tuple[int, ...], old: torch.Tensor) -> torch.Tensor:
    if "Norm" in type(module).__name__:
        return torch.full(shape, 0.0 if name in ("bias", "running_mean") else 1.0, dtype=old.dtype, device=old.device)
    bound = 1.0 if "Embedding" in type(module).__name__ else 1.0 / math.sqrt(max(1, math.prod(shape[1:])))
    return torch.empty(shape, dtype=old.dtype, device=old.device).uniform_(-bound, bound)


def _set(module: Any, size: int, old: Any) -> None:
    for name in SETTINGS:
        if hasattr(module, name):
            setattr(module, name, (size,) if isinstance(old, tuple) else size)
