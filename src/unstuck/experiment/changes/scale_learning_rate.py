"""Multiply learning rates in each step; schedules go on undisturbed."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World, factor: float, group: int | None = None, optimizer: int = 0) -> None:
    """`factor`: what `lr` is multiplied by, during `step` only; `group`: in that group alone, of the n-th `optimizer`."""
    hit = world.counter()
    kept: dict[int, list[Any]] = {}

    def chosen_groups(stepping: Any) -> list[Any]:
        if group is None:
            return list(stepping.param_groups)
        live = world.session.live_optimizers()
        meant = optimizer < len(live) and live[optimizer] is stepping
        return list(stepping.param_groups[group : group + 1]) if meant else []

    def before_step(stepping: Any) -> None:
        kept[id(stepping)] = [each.get("lr") for each in stepping.param_groups]
        for each in chosen_groups(stepping):
            if "lr" in each:
                each["lr"] = each["lr"] * factor
                hit()

    def after_step(stepping: Any) -> None:
        for each, rate in zip(stepping.param_groups, kept.pop(id(stepping), []), strict=False):
            if "lr" in each:
                each["lr"] = rate

    world.session.on.before_step.append(before_step)
    world.session.on.after_step.insert(0, after_step)
