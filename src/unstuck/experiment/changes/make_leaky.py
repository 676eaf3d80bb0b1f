"""Let a rectifier pass a tenth of what is negative."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any]) -> None:
    """`target`: the call of the rectifier, by its module or its call site."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        return torch.nn.functional.leaky_relu(args[0] if args else kwargs["input"], 0.1)

    world.calls.replace(Target.from_data(target), call)
