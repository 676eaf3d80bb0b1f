"""Take a dimension of 1 away from the target of a loss."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_argument


def install(world: World, at: dict[str, Any], dim: int, argument: int = 1) -> None:
    """`at`: the loss call; `dim`: the dimension."""
    on_argument(world, at, lambda tensor: tensor.squeeze(dim), argument)
