"""Add a number to every class of the target."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_argument


def install(world: World, at: dict[str, Any], by: int, argument: int = 1) -> None:
    """`at`: the loss call; `by`: −1 where classes begin at 1."""
    on_argument(world, at, lambda tensor: tensor + by, argument)
