"""Show the first batch again and again."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf


def install(world: World, leaves: list[dict[str, Any]]) -> None:
    """`leaves`: everything that enters a step; each keeps the value (cloned) that it had in the first."""
    hit = world.counter()
    filters = world.filters(leaves)
    first: dict[Leaf, torch.Tensor] = {}

    for data in leaves:
        leaf = Leaf.from_data(data)

        def keep(tensor: torch.Tensor, leaf: Leaf = leaf) -> torch.Tensor:
            hit()
            if leaf not in first:
                first[leaf] = tensor.clone()
            return first[leaf].clone()

        filters.on(leaf, keep)
