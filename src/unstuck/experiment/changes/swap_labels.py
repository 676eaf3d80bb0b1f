"""Exchange the two kinds of labels: 0 and 1, or −1 and 1."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf


def install(world: World, leaves: list[dict[str, Any]], total: float) -> None:
    """`leaves`: targets that hold two values; `total`: the sum of the two."""
    hit = world.counter()
    filters = world.filters(leaves)

    def swap(tensor: torch.Tensor) -> torch.Tensor:
        hit()
        return ~tensor if tensor.dtype == torch.bool else total - tensor

    for data in leaves:
        filters.on(Leaf.from_data(data), swap)
