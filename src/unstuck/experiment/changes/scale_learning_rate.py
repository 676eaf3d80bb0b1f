"""Multiply learning rates in each step; schedules go on undisturbed."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World, factor: float, group: int | None = None) -> None:
    """`factor`: what `lr` is multiplied by, during `step` only; `group`: in the group of that number alone, of each optimizer."""
    hit = world.counter()
    kept: dict[int, list[Any]] = {}

    def before_step(optimizer: Any) -> None:
        kept[id(optimizer)] = [group.get("lr") for group in optimizer.param_groups]
        chosen = optimizer.param_groups if group is None else optimizer.param_groups[group : group + 1]
        for each in chosen:
            if "lr" in each:
                each["lr"] = each["lr"] * factor
                hit()

    def after_step(optimizer: Any) -> None:
        for each, rate in zip(optimizer.param_groups, kept.pop(id(optimizer), []), strict=False):
            if "lr" in each:
                each["lr"] = rate

    world.session.on.before_step.append(before_step)
    world.session.on.after_step.insert(0, after_step)
