"""Re-attach a cut graph: the call that cuts returns its argument, or runs with gradients on."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def whole(given: Any) -> torch.Tensor | None:
    """What was to be wrapped anew, with its graph: a tensor itself, a list of them stacked."""
    if isinstance(given, torch.Tensor):
        return given
    listed = isinstance(given, (list, tuple)) and bool(given) and all(isinstance(x, torch.Tensor) for x in given)
    return torch.stack(list(given)) if listed else None


def install(world: World, targets: list[dict[str, Any]], grad_mode: bool = False) -> None:
    """`targets`: the cutting calls (`detach`, `data`, `tensor`, …); with `grad_mode`, calls under `no_grad` get gradients."""
    hit = world.counter()

    def attached(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not grad_mode:
            kept = whole(args[0] if args else kwargs.get("data"))
            if kept is None:
                return function(*args, **kwargs)
            hit()
            return kept.to(device=kwargs.get("device") or kept.device, dtype=kwargs.get("dtype") or kept.dtype)
        hit()
        with torch.enable_grad():
            return function(*args, **kwargs)

    for target in targets:
        world.calls.replace(Target.from_data(target), attached)
