"""Take a dimension of 1 away from what a module or a call is given."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_argument


def install(world: World, at: dict[str, Any], dim: int, argument: int = 0, rank: int = -1) -> None:
    """`at`: the module or the call; `dim`: the dimension; `rank`: only inputs of so many."""
    on_argument(world, at, lambda tensor: tensor.squeeze(dim), argument, rank=rank)
