"""Every torch function the program calls, with the line that called it: a function mode at the bottom of the stack.

It sees calls by any spelling (`F.softmax`, `x.softmax`, `torch.softmax`), leaves a note of the line on each autograd node,
and can replace single calls: by call site, or by the module they belong to. It costs 1.3 to 2 times a tiny step, so only
the scout and the universes that need it put it on.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from unstuck.observe.sources import Site, site_of, user_frame

if TYPE_CHECKING:
    from unstuck.observe.session import Session

__all__ = ["Call", "Calls", "Target"]


@dataclass(frozen=True)
class Target:
    """What identifies a call from process to process: the module it belongs to, or its call site."""

    function: str
    module: str | None = None
    """Path of the innermost torch module on the stack (`features.3`); None where user code calls the function itself."""
    site: Site | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain data for a `Change`."""
        return {"function": self.function, "module": self.module, "site": list(self.site) if self.site else None}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Target:
        """The inverse of `as_data`."""
        return cls(data["function"], data["module"], Site(*data["site"]) if data["site"] else None)


@dataclass(frozen=True)
class Call:
    """One finished call: what went in, what came out, where."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    site: Site | None
    module: Any
    """The innermost module of torch's own on the stack whose forward is running, if any."""


Replacement = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


class Calls(TorchFunctionMode):
    """The function mode. `listeners` are told of each call of the program; `replacements` stand in for single calls."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.listeners: list[Callable[[Call], None]] = []
        self.replacements: list[tuple[Target, Replacement]] = []
        self.before: list[Callable[[str, tuple[Any, ...], dict[str, Any]], None]] = []
        """Told of a call before it is made."""
        self.names: set[str] = set()
        self.hits = 0
        self.on_stack = False
        self._module_names: dict[int, str] = {}

    def replace(self, target: Target, by: Replacement) -> None:
        """From now on `by(function, args, kwargs)` is what the target call does."""
        self.replacements.append((target, by))
        self.names.add(target.function)

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        session = self.session
        if session.quiet or os.getpid() != session.pid:
            return function(*args, **kwargs)
        name = _name_of(function)
        if self.before:
            with session.looking_away():
                session.tell(self.before, name, tuple(args), kwargs)
        if name not in self.names and not self.listeners:
            return function(*args, **kwargs)
        frame = user_frame(sys._getframe(1))
        site = site_of(frame)
        module = session.stack[-1] if session.stack and _is_torch(session.stack[-1]) else None
        replacement = self._replacement(name, site, module) if name in self.names else None
        try:
            if replacement is not None:
                self.hits += 1
                result = replacement(function, tuple(args), kwargs)
            else:
                result = function(*args, **kwargs)
        except Exception:
            session.failed_call = (name, tuple(args), kwargs, site)
            raise
        if self.listeners:
            with session.looking_away():
                _leave_note(result, name, site, module)
                call = Call(name, tuple(args), kwargs, result, site, module)
                session.tell(self.listeners, call)
        return result

    def _replacement(self, name: str, site: Site | None, module: Any) -> Replacement | None:
        """All that stand in for this call, the first installed innermost."""
        chosen = [by for target, by in self.replacements if self._is_meant(target, name, site, module)]
        return functools.reduce(_around, chosen) if chosen else None

    def _is_meant(self, target: Target, name: str, site: Site | None, module: Any) -> bool:
        if target.function != name:
            return False
        if target.module is not None:
            return module is not None and self._path(module) == target.module
        return module is None and site is not None and target.site is not None and target.site.same_call(site)

    def _path(self, module: Any) -> str | None:
        path = self._module_names.get(id(module))
        if path is None:
            self._module_names = module_paths(self.session)
            path = self._module_names.get(id(module))
        return path

    def switch_on(self) -> None:
        """Go to the bottom of the stack, so that a mode the program enters and leaves is not confused with ours."""
        self.on_stack = True
        above = [torch._C._pop_torch_function_stack() for _ in range(torch._C._len_torch_function_stack())]
        torch._C._push_on_torch_function_stack(self)
        for mode in reversed(above):
            torch._C._push_on_torch_function_stack(mode)

    def switch_off(self) -> None:
        """Leave the stack, wherever we stand in it."""
        self.on_stack = False
        above = [torch._C._pop_torch_function_stack() for _ in range(torch._C._len_torch_function_stack())]
        for mode in reversed(above):
            if mode is not self:
                torch._C._push_on_torch_function_stack(mode)


def _around(inner: Replacement, outer: Replacement) -> Replacement:
    return lambda function, args, kwargs: outer(lambda *a, **k: inner(function, a, k), args, kwargs)


def target_of(call: Call, session: Session) -> Target:
    """The identity of a call that was seen."""
    if call.module is not None:
        path = module_paths(session).get(id(call.module))
        if path is not None:
            return Target(call.name, module=path)
    return Target(call.name, site=call.site)


def module_paths(session: Session) -> dict[int, str]:
    """Paths of all modules seen; a loss module and the like, in no model, is named by its place."""
    names = session.module_names()
    for module in session.stack:
        if id(module) not in names and (site := session.place_of(module)):
            names[id(module)] = f"<{type(module).__name__} {os.path.basename(site.path)}:{site.line}>"
    return names


def _name_of(function: Any) -> str:
    name = getattr(function, "__name__", "")
    if name in ("__get__", "__set__"):  # a property: `data`, and `set data`
        of = getattr(getattr(function, "__self__", None), "__name__", name)
        return of if name == "__get__" else f"set {of}"
    return str(name)


def _is_torch(module: Any) -> bool:
    return type(module).__module__.startswith("torch.nn.")


def _leave_note(result: Any, name: str, site: Site | None, module: Any) -> None:
    for tensor in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(tensor, torch.Tensor) and tensor.grad_fn is not None:
            notes: Any = tensor.grad_fn.metadata
            notes.setdefault("unstuck", (name, site, module))
