"""Give the target the shape of the output, where both hold as many numbers."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any], argument: int = 1) -> None:
    """`target`: the call that broadcasts; `argument`: which of its arguments is the target."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) > 1:
            goal, output = args[argument], args[1 - argument]
            if isinstance(goal, torch.Tensor) and isinstance(output, torch.Tensor) and goal.numel() == output.numel():
                hit()
                args = (*args[:argument], goal.reshape(output.shape), *args[argument + 1 :])
        return function(*args, **kwargs)

    world.calls.replace(Target.from_data(target), call)
