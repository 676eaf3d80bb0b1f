"""Give a module or a call its input in another type."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_argument


def install(world: World, at: dict[str, Any], dtype: str, argument: int = 0) -> None:
    """`at`: the module or the call; `dtype`: such as `float32`."""
    on_argument(world, at, lambda tensor: tensor.to(getattr(torch, dtype)), argument)
