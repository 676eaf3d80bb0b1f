"""Let a call that reduces or indexes a tensor do so along another dimension."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any], dim: int, index: int | None = None) -> None:
    """`target`: the call (`mean`, `sum`, …); with `index`, that entry of the dimension is taken."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        if index is not None:
            return args[0].select(dim, index)
        return function(args[0], **{**kwargs, "dim": dim})

    world.calls.replace(Target.from_data(target), call)
