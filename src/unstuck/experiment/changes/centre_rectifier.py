"""Shift what a rectifier is given so that in the first batch each unit is above zero for about half of the rows."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, target: dict[str, Any]) -> None:
    """`target`: the call of the rectifier, by its module or its call site. The shift stays as it was at its first call."""
    hit = world.counter()
    shift: list[torch.Tensor] = []

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        given = args[0] if args else kwargs["input"]
        if not shift:
            shift.append(given.detach().mean(0, keepdim=True))
        fits = shift[0].shape[1:] == given.shape[1:]
        return torch.relu(given - (shift[0] if fits else shift[0].mean()))

    world.calls.replace(Target.from_data(target), call)
