"""Changing one thing in a universe: one file a change, named by what it does. They patch what the program calls.

Each file holds `install(world, **arguments)`. A change counts its hits (`world.hit`): one that touched nothing was not run.
"""

from __future__ import annotations

import importlib
from math import inf
from typing import TYPE_CHECKING, Any

from unstuck.facts import Change
from unstuck.observe.session import Session

if TYPE_CHECKING:
    import torch

    from unstuck.observe.calls import Calls
    from unstuck.observe.filters import Filters


class World:
    """What a change may touch: the session's listeners, the function mode, the leaves, a generator of its own."""

    def __init__(self, session: Session, *, seed: int = 0) -> None:
        self.session = session
        self.hits: dict[str, int] = {}
        self.failures: dict[str, str] = {}
        self.notes: dict[str, int] = {}
        """What was noticed on the way, for the result."""
        self.first_probe: float = inf
        """The backward from which the program is only looked at."""
        self._calls: Calls | None = None
        self._current = ""
        self._seed = seed

    @property
    def probing(self) -> bool:
        """While the program is looked at in the end: what changes the labels in training looks away."""
        return self.session.backwards >= self.first_probe

    @property
    def calls(self) -> Calls:
        """The function mode, switched on by the first change that needs it."""
        if self._calls is None:
            from unstuck.observe.calls import Calls

            self._calls = Calls(self.session)
            self._calls.switch_on()
        return self._calls

    def use_calls(self, calls: Calls) -> None:
        """The recorder has the function mode on already."""
        self._calls = calls

    def filters(self, leaves: list[dict[str, Any]]) -> Filters:
        """Filters on leaves; the function mode only if one of them is a call."""
        from unstuck.observe.filters import Filters

        needs_calls = any(leaf["source"] in ("call", "argument") for leaf in leaves)
        return Filters(self.session, self.calls if needs_calls else None)

    def counter(self) -> Any:
        """A function that counts a hit for the change being installed."""
        key = self._current
        self.hits.setdefault(key, 0)

        def hit() -> None:
            self.hits[key] += 1

        return hit

    def generator(self) -> torch.Generator:
        """Random numbers of a change's own: the program's stay untouched."""
        import torch

        return torch.Generator().manual_seed(20_26 + self._seed)


def install(world: World, change: Change) -> None:
    """Make a change in this universe; one that cannot be made is reported with its reason, as a failure of ours."""
    world._current = change.key()
    world.hits.setdefault(change.key(), 0)
    try:
        module = importlib.import_module(f"unstuck.experiment.changes.{change.name}")
        module.install(world, **change.arguments)
    except Exception as error:
        world.failures[change.key()] = f"{type(error).__name__}: {error}"


def names() -> list[str]:
    """All changes there are."""
    import pkgutil

    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "hold_out" and not m.name.startswith("_"))
