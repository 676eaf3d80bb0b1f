"""Flatten what a module or a call is given."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_argument


def install(world: World, at: dict[str, Any], start: int = 1, argument: int = 0, rank: int = -1) -> None:
    """`at`: the module or the call; `start`: the first dimension that goes into the last; `rank`: only inputs of so many."""
    on_argument(world, at, lambda tensor: tensor.flatten(start), argument, rank=rank)
