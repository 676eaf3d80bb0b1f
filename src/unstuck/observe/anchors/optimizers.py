"""Optimizers: the outermost step of each, and that probes look away while one works."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from unstuck.observe.sources import here

if TYPE_CHECKING:
    from unstuck.observe.session import Session


def install(session: Session) -> None:
    """By torch's own hooks on every step: a `step` that was captured before comes through them as well."""
    steps = Steps(session)
    session.undo.append(register_optimizer_step_pre_hook(steps.begin).remove)
    session.undo.append(register_optimizer_step_post_hook(steps.end).remove)
    session.replace(torch.optim.Optimizer, "zero_grad", functools.partial(_watched_zero_grad, session))


class Steps:
    """The steps that are being taken: `super().step()`, closures and an optimizer inside another nest."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.running: list[int] = []

    def begin(self, optimizer: Any, args: Any, kwargs: Any) -> Any:
        """The hook before a step: returns the arguments with the closure opened, if there is one."""
        session = self.session
        if os.getpid() != session.pid:
            return None
        self.running.append(id(optimizer))
        if self.running.count(id(optimizer)) > 1:
            return None
        outside = session.quiet
        session.quiet += 1
        session.tell(session.on.before_step, optimizer)
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if not callable(closure):
            session.tell(session.on.gradients, optimizer)
            return None
        opened = self._opened(closure, optimizer, outside)
        return ((*args[:1], opened, *args[2:]), kwargs) if len(args) > 1 else (args, {**kwargs, "closure": opened})

    def _opened(self, closure: Callable[..., Any], optimizer: Any, outside: int) -> Callable[..., Any]:
        """A closure is the program's own code, though the optimizer calls it."""
        session = self.session

        def opened(*words: Any, **named: Any) -> Any:
            inside, session.quiet = session.quiet, outside
            try:
                result = closure(*words, **named)
            finally:
                session.quiet = inside
            session.tell(session.on.gradients, optimizer)
            return result

        return opened

    def end(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """The hook after a step."""
        session = self.session
        if os.getpid() != session.pid or id(optimizer) not in self.running:
            return
        self.running.remove(id(optimizer))
        if id(optimizer) not in self.running:
            session.steps += 1
            session.tell(session.on.after_step, optimizer)
            session.quiet -= 1


def _watched_zero_grad(session: Session, original: Any) -> Any:
    @functools.wraps(original)
    def zero_grad(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        if session.on.clear and not session.quiet:
            session.tell(session.on.clear, optimizer, here())
        with session.looking_away():
            return original(optimizer, *args, **kwargs)

    return zero_grad
