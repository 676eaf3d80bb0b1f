"""Let one call's result enter the loss with the other sign: its value stays, its gradient turns round."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any]) -> None:
    """`target`: the call, of a function that returns one tensor."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = function(*args, **kwargs)
        if not result.requires_grad:
            return result
        hit()
        return 2 * result.detach() - result

    world.calls.replace(Target.from_data(target), call)
