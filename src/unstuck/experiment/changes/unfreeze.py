"""Let frozen parameters have gradients."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World, names: list[str]) -> None:
    """`names`: parameters as in `named_parameters()`."""
    hit = world.counter()

    def enter(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        known = world.session.parameter_names()
        for parameter in module.parameters():
            if not parameter.requires_grad and known.get(id(parameter)) in names:
                parameter.requires_grad_(True)
                hit()
        return args, kwargs

    world.session.on.enter.append(enter)
