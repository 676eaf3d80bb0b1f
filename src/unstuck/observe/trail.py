"""Where the tensors of a step come from: which call made which, with shapes, types and lines; no tensor is kept."""

from __future__ import annotations

import contextlib
import reprlib
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.parameter import is_lazy

from unstuck.observe.calls import Call, Calls, Target
from unstuck.observe.sources import Site, callers, is_user_file

if TYPE_CHECKING:
    from unstuck.observe.session import Session

READS = frozenset({"item", "tolist", "numpy", "__float__", "__int__", "__bool__", "__array__"})
"""Calls that take numbers out of torch."""
LEAVES = READS | {"detach", "data"}
"""Calls after which the way can be lost: what comes back was made outside of torch."""
SKIPPED = frozenset({"grad", "grad_fn", "size", "dim", "__repr__", "__format__", "requires_grad_", "register_hook"})
MAKES_NEW = ("new_zeros", "new_ones", "new_empty", "new_full")
"""Calls that take a shape from their argument, not its numbers (and all whose name ends in `_like`)."""
_repr = reprlib.Repr()
_repr.maxother = _repr.maxstring = 60
_short = _repr.repr
MOST_STEPS = 20_000
LONGEST_CHAIN = 60


@dataclass(eq=False)
class Step:
    """One call that made a tensor, as plain numbers, with the steps that made its arguments."""

    name: str
    site: Site | None
    module: Callable[[], Any]
    inside: Callable[[], Any]
    given: list[dict[str, Any]]
    made: dict[str, Any] | None
    constants: list[str]
    wanted: bool
    """An argument wanted a gradient."""
    keeps: bool
    """The result has one."""
    graded: bool
    """Gradients were on."""
    off: Site | None
    """Where they had been switched off."""
    callers: list[Site] = field(default_factory=list)
    parents: list[Step | None] = field(default_factory=list)
    """For each tensor given, the call that made it, if it was seen."""


class Trail:
    """Remembers, by identity, which call made which tensor: only numbers and lines are kept, never a tensor."""

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.switched_off: Site | None = None
        """Where gradients were switched off, while they are."""
        self.left: list[Step] = []
        """Calls that took numbers out of the graph, oldest first."""
        self.loaders: dict[int, dict[str, Any]] = {}
        """Where the items of each loader come from: one made in the head of a loop is gone once an error leaves it."""
        self._made: dict[int, tuple[weakref.ref[torch.Tensor], Step]] = {}
        self._older: dict[int, tuple[weakref.ref[torch.Tensor], Step]] = {}
        session.trail = self
        calls.listeners.append(self._look)
        session.on.after_backward.append(lambda event: self._forget())
        session.on.iterate.append(self._iterate)

    def maker(self, tensor: Any) -> Step | None:
        """The call that made a tensor."""
        found = self._made.get(id(tensor)) or self._older.get(id(tensor))
        return found[1] if found and found[0]() is tensor else None

    def _iterate(self, loader: Any) -> None:
        self.loaders[self.session.ordinal(loader)] = loader_facts(self.session, loader)

    def _forget(self) -> None:
        for _, step in self._older.values():
            step.parents = [None] * len(step.given)  # what is carried from step to step would keep all of them
        self._older, self._made = self._made, {}
        self.left = []

    def _look(self, call: Call) -> None:
        with contextlib.suppress(Exception):  # tensors without a shape, and whatever else there is
            self._call(call)

    def _call(self, call: Call) -> None:
        if call.name == "_set_grad_enabled":
            self.switched_off = None if call.args[0] else self.switched_off or call.site
        results = [t for t in tensors_in(call.result) if t.dim() or call.name not in SKIPPED]
        if call.name in SKIPPED or not (results or call.name in READS):
            return
        given = [*tensors_in(call.args), *tensors_in(call.kwargs)]
        wanted, keeps = any(t.requires_grad for t in given), any(t.requires_grad for t in results)
        if call.name in READS and not wanted:
            return
        step = self._step(call, given, results, wanted, keeps)
        if call.name in LEAVES and wanted:
            self.left.append(step)
        for tensor in results:
            self._made[id(tensor)] = (weakref.ref(tensor), step)
        if len(self._made) > MOST_STEPS:
            self._forget()

    def _step(self, call: Call, given: list[Any], results: list[Any], wanted: bool, keeps: bool) -> Step:
        stack = self.session.stack
        return Step(
            name=call.name,
            site=call.site,
            module=weakref.ref(call.module) if call.module is not None else _nothing,
            inside=weakref.ref(stack[-1]) if stack else _nothing,
            given=[form(t) for t in given],
            made=form(results[0]) if results else None,
            constants=[_short(a) for a in call.args if not _holds_tensors(a)]
            + [f"{k}={_short(v)}" for k, v in call.kwargs.items() if v is not None and not _holds_tensors(v)],
            wanted=wanted,
            keeps=keeps,
            graded=torch.is_grad_enabled(),
            off=self.switched_off,
            callers=callers(sys._getframe(5)) if wanted and not keeps else [],
            parents=[self.maker(t) for t in given],
        )


def _holds_tensors(value: Any) -> bool:
    return next(tensors_in(value), None) is not None


def _nothing() -> None:
    return None


def form(tensor: torch.Tensor) -> dict[str, Any]:
    """Shape and type of a tensor, and whether it is a parameter."""
    shape = [] if is_lazy(tensor) else list(tensor.shape)
    return {"shape": shape, "dtype": str(tensor.dtype)[6:], "parameter": isinstance(tensor, torch.nn.Parameter)}


def tensors_in(value: Any, depth: int = 2) -> Iterator[torch.Tensor]:
    """The tensors among arguments, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)) and depth and len(value) < 64:
        for part in value:
            yield from tensors_in(part, depth - 1)
    elif isinstance(value, dict) and depth:
        for part in value.values():
            yield from tensors_in(part, depth - 1)


def chain_to(trail: Trail, start: list[torch.Tensor], session: Session) -> list[dict[str, Any]]:
    """The way of the first tensor, from where it entered the step: each call with its shapes."""
    data = (t for t in start if not isinstance(t, torch.nn.Parameter))
    step = next((s for t in data if (s := trail.maker(t)) is not None), None)
    steps: list[Step] = []
    while step is not None and len(steps) < 2000:
        steps.append(step)
        step = next((p for t, p in zip(step.given, step.parents, strict=True) if not t["parameter"]), None)
    steps = steps[: LONGEST_CHAIN - 10] + steps[LONGEST_CHAIN - 10 :][-10:]
    return [plain(s, session) for s in reversed(steps)]


def plain(step: Step, session: Session) -> dict[str, Any]:
    """A step as data, with the names that its modules have by now."""
    names = session.module_names()
    module, inside = step.module(), step.inside()
    path = names.get(id(module), "") if module is not None else ""
    target = Target(step.name, module=path) if path else Target(step.name, site=step.site)
    return {
        "name": step.name, "site": list(step.site) if step.site else None, "module": path,
        "kind": type(module).__name__ if module is not None else "",
        "inside": names.get(id(inside), "") if inside is not None else None,
        "root": next((i for i, r in enumerate(session.roots) if path and any(m is module for m in r.modules())), None),
        "constructed": [list(s) for s in [session.places.get(module), *session.callers.get(module, ())] if s] if path else [],
        "given": step.given, "made": step.made, "constants": step.constants, "target": target.as_data(),
    }  # fmt: skip


def cuts_behind(trail: Trail, start: list[torch.Tensor], session: Session) -> list[dict[str, Any]]:
    """Where the graph of a tensor was cut: the nearest calls behind it that were given a gradient and kept none."""
    waiting = [s for t in start if (s := trail.maker(t)) is not None]
    seen: set[int] = set()
    found: list[Step] = []
    while waiting and len(seen) < MOST_STEPS:
        step = waiting.pop(0)
        if id(step) in seen:
            continue
        seen.add(id(step))
        if step.name.endswith("_like") or step.name in MAKES_NEW:
            continue
        if step.wanted and not step.keeps:
            found.append(step)
        else:
            waiting.extend(p for p in step.parents if p is not None)
    if not found:  # it was made outside of torch, or there is nothing to follow
        found = trail.left[-1:]
    return [
        {
            **plain(s, session),
            "graded": s.graded,
            "off": list(s.off) if s.off else None,
            "callers": [list(c) for c in s.callers],
        }
        for s in found[:10]
    ]


def loader_facts(session: Session, loader: Any) -> dict[str, Any]:
    """Where a loader, its data set, and the functions that make its items and batches stand."""
    dataset: Any = getattr(loader, "dataset", None)
    while hasattr(dataset, "dataset") and type(dataset).__module__.startswith("torch."):
        dataset = dataset.dataset  # Subset
    site, made = _place_of(session, loader), _place_of(session, dataset)
    return {
        "site": list(site) if site else None,
        "dataset": {"kind": type(dataset).__name__, "site": list(made) if made else None},
        "item": _definition(getattr(type(dataset), "__getitem__", None)),
        "collate": _definition(getattr(loader, "collate_fn", None)),
    }


def _place_of(session: Session, thing: Any) -> Site | None:
    try:
        return session.place_of(thing)
    except TypeError:
        return None


def _definition(function: Any) -> list[Any] | None:
    code = getattr(function, "__code__", None)
    return [code.co_filename, code.co_firstlineno] if code is not None and is_user_file(code.co_filename) else None
