"""Hide the inputs: the model sees zeros, and can learn no more than a constant."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf


def install(world: World, leaves: list[dict[str, Any]]) -> None:
    """`leaves`: the inputs."""
    hit = world.counter()
    filters = world.filters(leaves)

    def zero(tensor: torch.Tensor) -> torch.Tensor:
        hit()
        return torch.zeros_like(tensor)

    for data in leaves:
        filters.on(Leaf.from_data(data), zero)
