"""Modules: called, set to train or eval, given a saved state."""

from __future__ import annotations

import functools
import os
import weakref
from typing import TYPE_CHECKING, Any

import torch

from unstuck.observe.sources import here

if TYPE_CHECKING:
    from unstuck.observe.session import Session

PASSED = "_unstuck_passed"
"""The attribute of an error that lists the modules it passed through, innermost first: arguments, calling line."""


def install(session: Session) -> None:
    """On the base class: whatever a program calls a module by comes through here."""
    session.replace(torch.nn.Module, "__call__", functools.partial(_watched_call, session))
    session.replace(torch.nn.Module, "train", functools.partial(_watched_train, session))
    session.replace(torch.nn.Module, "load_state_dict", functools.partial(_watched_load, session))


def _watched_call(session: Session, original: Any) -> Any:
    @functools.wraps(original)
    def call(module: Any, *args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling() or os.getpid() != session.pid:
            return original(module, *args, **kwargs)
        known = not session.stack and any(root is module for root in session.roots)
        outermost = known or (not session.stack and _has_parameters(module))
        if outermost:
            session.moment += 1
            if not known:
                session.roots.append(module)
            for enter in session.on.enter:
                with session.stepping_aside(enter):
                    args, kwargs = enter(module, args, kwargs)
        session.stack.append(module)
        try:
            result = original(module, *args, **kwargs)
            if session.explains_crashes and not module._modules:
                session.recent.append({"module": weakref.ref(module), "in": _shape_of(args), "out": _shape_of(result)})
            if outermost:
                for answer in session.on.answer:
                    with session.stepping_aside(answer):
                        result = answer(module, result)
            if session.on.leave:
                session.tell(session.on.leave, module, args, result)
            return result
        except Exception as error:
            # On the error itself: what the program catches is forgotten with it.
            error.__dict__.setdefault(PASSED, []).append((module, args, kwargs, here()))
            raise
        finally:
            session.stack.pop()

    return call


def _watched_train(session: Session, original: Any) -> Any:
    depth = 0

    @functools.wraps(original)
    def train(module: Any, mode: bool = True) -> Any:
        nonlocal depth
        # The program's own call: each module goes on to its parts. One that restores a mode switches nothing.
        if depth == 0 and any(part.training != mode for part in module.modules()):
            session.mode_calls.append((weakref.ref(module), mode, here()))
            del session.mode_calls[:-500]
        depth += 1
        try:
            return original(module, mode)
        finally:
            depth -= 1

    return train


def _watched_load(session: Session, original: Any) -> Any:
    @functools.wraps(original)
    def load_state_dict(module: Any, *args: Any, **kwargs: Any) -> Any:
        for part in module.modules():
            session.loaded[part] = True
        return original(module, *args, **kwargs)

    return load_state_dict


def _has_parameters(module: Any) -> bool:
    """Whatever `parameters` has been made to return; asked in every step, so a loss and the like are not searched."""
    if not module._modules and not module._parameters and "parameters" not in module.__dict__:
        return False
    try:
        return next(iter(module.parameters()), None) is not None
    except Exception:
        return bool(module._parameters)


def _shape_of(value: Any) -> Any:
    """Shapes of the tensors in a nested value, as lists."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return [int(n) for n in value.shape]
    if isinstance(value, (tuple, list)):
        shapes = [s for part in value[:4] if (s := _shape_of(part)) is not None]
        return shapes[0] if len(shapes) == 1 else (shapes or None)
    return None
