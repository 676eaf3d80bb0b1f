"""Give a module or a call its input with the dimensions in another order."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_argument


def install(world: World, at: dict[str, Any], order: list[int], argument: int = 0) -> None:
    """`at`: the module or the call; `order`: as for `Tensor.permute`."""
    on_argument(world, at, lambda t: t.permute(order) if t.dim() == len(order) else t, argument)
