"""Hold the learning rate at the value of the first step."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World) -> None:
    """Every step uses the learning rates of the optimizer's first step."""
    hit = world.counter()
    first: dict[int, list[Any]] = {}
    kept: dict[int, list[Any]] = {}

    def before_step(optimizer: Any) -> None:
        rates = [group.get("lr") for group in optimizer.param_groups]
        first.setdefault(id(optimizer), rates)
        kept[id(optimizer)] = rates
        for group, rate in zip(optimizer.param_groups, first[id(optimizer)], strict=False):
            if rate is not None and group["lr"] != rate:
                group["lr"] = rate
                hit()

    def after_step(optimizer: Any) -> None:
        for group, rate in zip(optimizer.param_groups, kept.pop(id(optimizer), []), strict=False):
            if rate is not None:
                group["lr"] = rate

    world.session.on.before_step.append(before_step)
    world.session.on.after_step.insert(0, after_step)
