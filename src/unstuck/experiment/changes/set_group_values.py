"""Set entries of the optimizers' groups: no weight decay, another momentum."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World, values: dict[str, Any]) -> None:
    """`values`: entries of `param_groups` that exist and differ are set before each step (`betas` as a list)."""
    hit = world.counter()

    def before_step(optimizer: Any) -> None:
        for group in optimizer.param_groups:
            for name, value in values.items():
                value = tuple(value) if isinstance(value, list) else value
                if name in group and group[name] != value:
                    group[name] = value
                    hit()

    world.session.on.before_step.append(before_step)
