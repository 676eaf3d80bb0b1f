"""What can be wrong: one file a fault, a function from what was seen to suspicions.

A fault asks for summaries of the trace by type; where one was not recorded the fault is `not-run`, with the reason. Its
docstring is the page that `unstuck explain` prints. Found by importing every module of this package, and the entry
points of the group `unstuck.faults`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from unstuck.facts import Outcome, Suspicion
from unstuck.trace import Observation

Stage = Literal["run", "loss", "optim", "model", "mode", "data"]
Function = Callable[..., Iterator[Suspicion]]


@dataclass(frozen=True)
class Fault:
    """A registered fault: its slug is the function's name with hyphens."""

    slug: str
    stage: Stage
    look: Function
    needs: tuple[tuple[str, type], ...]

    @property
    def page(self) -> str:
        """The docstring, dedented."""
        return inspect.getdoc(self.look) or ""


_registry: dict[str, Fault] = {}


def fault(*, stage: Stage) -> Callable[[Function], Function]:
    """Register a fault. The function's parameters are annotated with the summaries that it needs."""

    def register(function: Function) -> Function:
        slug = function.__name__.replace("_", "-")
        if slug in _registry and _registry[slug].look.__module__ != function.__module__:
            raise ValueError(f"two faults are called {slug}")
        hints = typing.get_type_hints(function)
        needs = tuple((name, hints[name]) for name in inspect.signature(function).parameters)
        _registry[slug] = Fault(slug, stage, function, needs)
        return function

    return register


def all_faults() -> dict[str, Fault]:
    """Every fault there is, by slug, ours first in order of stage and name."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    for entry in importlib.metadata.entry_points(group="unstuck.faults"):
        entry.load()
    return dict(sorted(_registry.items(), key=lambda item: (typing.get_args(Stage).index(item[1].stage), item[0])))


def suspect(observation: Observation) -> tuple[list[Suspicion], list[Outcome]]:
    """Ask every fault what it suspects. One that breaks is an `error` of ours and hides no other."""
    suspicions: list[Suspicion] = []
    outcomes: list[Outcome] = []
    for slug, entry in all_faults().items():
        missing = [kind.__name__ for _, kind in entry.needs if observation.get(kind) is None]
        if missing:
            outcomes.append(Outcome(fault=slug, state="not-run", why=f"not recorded: {', '.join(missing)}"))
            continue
        arguments: dict[str, Any] = {name: observation.get(kind) for name, kind in entry.needs}
        try:
            found = list(entry.look(**arguments))
        except Exception as error:
            outcomes.append(Outcome(fault=slug, state="error", why=f"{type(error).__name__}: {error}"))
            continue
        suspicions.extend(found)
        if not found:
            outcomes.append(Outcome(fault=slug, state="clear", why="nothing seen that would raise it"))
    return suspicions, outcomes
