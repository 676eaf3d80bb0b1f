"""Give a loss its target in another type."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes.cast_input import install as cast


def install(world: World, at: dict[str, Any], dtype: str, argument: int = 1) -> None:
    """`at`: the loss call; `dtype`: such as `int64`."""
    cast(world, at, dtype, argument)
