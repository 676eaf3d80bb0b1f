"""Re-attach a cut graph: the call that cuts returns its argument, or runs with gradients on."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, targets: list[dict[str, Any]], grad_mode: bool = False) -> None:
    """`targets`: the cutting calls (`detach`, `data`, …); with `grad_mode`, calls made under `no_grad` get gradients."""
    hit = world.counter()

    def attached(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        if not grad_mode:
            return args[0]
        with torch.enable_grad():
            return function(*args, **kwargs)

    for target in targets:
        world.calls.replace(Target.from_data(target), attached)
