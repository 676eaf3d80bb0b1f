"""Multiply every learning rate in each step; schedules go on undisturbed."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World, factor: float) -> None:
    """`factor`: what each group's `lr` is multiplied by, during `step` only."""
    hit = world.counter()
    kept: dict[int, list[Any]] = {}

    def before_step(optimizer: Any) -> None:
        kept[id(optimizer)] = [group.get("lr") for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            if "lr" in group:
                group["lr"] = group["lr"] * factor
                hit()

    def after_step(optimizer: Any) -> None:
        for group, rate in zip(optimizer.param_groups, kept.pop(id(optimizer), []), strict=False):
            if "lr" in group:
                group["lr"] = rate

    world.session.on.before_step.append(before_step)
    world.session.on.after_step.insert(0, after_step)
