"""Exchange what is taken from what: `near - far` becomes `far - near`."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any], first: int = 0, second: int = 1) -> None:
    """`target`: a call with two arguments that play opposite parts, at the positions `first` and `second`."""
    hit = world.counter()

    def exchanged(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if max(first, second) >= len(args):
            return function(*args, **kwargs)
        hit()
        order = list(args)
        order[first], order[second] = order[second], order[first]
        return function(*order, **kwargs)

    world.calls.replace(Target.from_data(target), exchanged)
