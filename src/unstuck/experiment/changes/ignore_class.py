"""Leave one class index out of the loss."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.experiment.changes._arguments import on_call


def install(world: World, at: dict[str, Any], index: int) -> None:
    """`at`: the loss call; `index`: what stands for "no label"."""
    hit = world.counter()

    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        hit()
        return args, {**kwargs, "ignore_index": index}

    on_call(world, at, call)
