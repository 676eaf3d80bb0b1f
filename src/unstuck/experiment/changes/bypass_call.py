"""Leave calls out: each returns what it was given."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def install(world: World, targets: list[dict[str, Any]], argument: int = 0) -> None:
    """`targets`: the calls, by their module or their call site; `argument`: which argument is returned."""
    hit = world.counter()

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hit()
        return args[argument] if len(args) > argument else kwargs.get("input", next(iter(kwargs.values())))

    for target in targets:
        world.calls.replace(Target.from_data(target), call)
