"""Give the optimizer the parameters that it misses."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.session import parameters_of


def install(world: World, names: list[str], optimizer: int = 0) -> None:
    """`names`: parameters as in `named_parameters()`; they join the first group's settings of the n-th optimizer."""
    hit = world.counter()
    done: list[bool] = []

    def before_step(stepping: Any) -> None:
        if done:
            return
        live = world.session.live_optimizers()
        chosen = live[optimizer] if optimizer < len(live) else stepping
        if chosen is not stepping:
            return
        done.append(True)
        held = {id(p) for p in parameters_of(chosen)}
        known = {name: number for number, name in world.session.parameter_names().items()}
        wanted = {known[name] for name in names if name in known} - held
        missing = [p for p in world.session.known_parameters() if id(p) in wanted]
        missing = list({id(p): p for p in missing}.values())
        if missing:
            settings = {k: v for k, v in chosen.param_groups[0].items() if k != "params"}
            chosen.add_param_group({"params": missing, **settings})
            hit()

    world.session.on.before_step.append(before_step)
