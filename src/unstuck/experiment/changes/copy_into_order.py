"""Let `view` copy where the numbers do not lie in order: `reshape` in its place."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any]) -> None:
    """`target`: the call of `view`."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        return args[0].reshape(*args[1:], **kwargs)

    world.calls.replace(Target.from_data(target), call)
