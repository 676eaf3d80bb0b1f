"""Let a call of `view` or `reshape` copy where it must, or make another shape."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any], sizes: list[int] | None = None) -> None:
    """`target`: the call; `sizes`: what it is asked for instead, where that is at fault."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        return args[0].reshape(*(sizes or args[1:]))

    world.calls.replace(Target.from_data(target), call)
