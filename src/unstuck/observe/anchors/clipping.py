"""Clipping: the size of the gradients before a clipping function, and its limit."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils import clip_grad

from unstuck.observe.sources import here

if TYPE_CHECKING:
    from unstuck.observe.session import Session


def install(session: Session) -> None:
    """On both names that torch has for them, before the program takes one: they are imported by name everywhere."""
    for name in ("clip_grad_norm_", "clip_grad_value_"):
        original = getattr(clip_grad, name)
        session.replace(clip_grad, name, functools.partial(_watched_clip, session))
        setattr(torch.nn.utils, name, getattr(clip_grad, name))
        session.undo.append(functools.partial(setattr, torch.nn.utils, name, original))


def _watched_clip(session: Session, original: Any) -> Any:
    @functools.wraps(original)
    def clip(parameters: Any, limit: Any = None, *args: Any, **kwargs: Any) -> Any:
        limit = kwargs.pop("max_norm", kwargs.pop("clip_value", limit))
        parameters = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
        with session.looking_away():
            if session.on.clip:
                with session.stepping_aside(original):
                    size, site = _size_before(original.__name__, parameters), here()
                    session.tell(session.on.clip, original.__name__, site, size, float(limit))
            return original(parameters, float("inf") if session.clip_off else limit, *args, **kwargs)

    return clip


def _size_before(function: str, parameters: Sequence[Any]) -> float:
    """What a clipping function compares with its limit: the largest entry, or the norm of all gradients."""
    gradients = [p.grad.detach() for p in parameters if p.grad is not None and p.grad.numel()]
    return max((float(g.abs().max()) for g in gradients), default=0.0) if "value" in function else norm_of(gradients)


def norm_of(gradients: Iterable[Any]) -> float:
    """Of all of them as one vector."""
    return float(sum(float(g.detach().float().norm()) ** 2 for g in gradients) ** 0.5)
