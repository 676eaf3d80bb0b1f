"""Multiply the inputs by a number."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf


def install(world: World, leaves: list[dict[str, Any]], factor: float) -> None:
    """`leaves`: the inputs that are floating point."""
    hit = world.counter()
    filters = world.filters(leaves)

    def rescale(tensor: torch.Tensor) -> torch.Tensor:
        if not tensor.is_floating_point():
            return tensor
        hit()
        return tensor * factor

    for data in leaves:
        filters.on(Leaf.from_data(data), rescale)
