"""Backward: every entry into the autograd engine, by whatever function the program makes it."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import torch
import torch.autograd.graph

from unstuck.observe.events import Backward
from unstuck.observe.sources import here

if TYPE_CHECKING:
    from unstuck.observe.session import Session


def install(session: Session) -> None:
    """On the one function that enters the engine; `torch.autograd` has it by a name of its own."""
    session.replace(torch.autograd.graph, "_engine_run_backward", functools.partial(_watched_run, session))
    session.replace(torch.autograd, "_engine_run_backward", lambda _: torch.autograd.graph._engine_run_backward)


def _watched_run(session: Session, original: Any) -> Any:
    running = False

    @functools.wraps(original)
    def run(tensors: Any, grad_tensors: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal running
        if os.getpid() != session.pid or running:  # a checkpoint's inner backward is no step
            return original(tensors, grad_tensors, *args, **kwargs)
        by_hand = not kwargs.get("accumulate_grad", False)
        event = Backward(
            number=session.backwards,
            tensors=tuple(tensors),
            gradients=list(grad_tensors),
            trains=not by_hand or _trains_by_hand(tensors, *args),
            site=here(),
        )
        if event.trains:
            session.backwards += 1
            session.tell(session.on.backward, event)
        if event.skip:
            return tuple(torch.zeros_like(leaf) for leaf in args[2]) if by_hand else None
        running = event.trains
        try:
            result = original(event.tensors, tuple(event.gradients), *args, **kwargs)
        finally:
            running = False
        if event.trains:
            session.tell(session.on.after_backward, event)
        return result

    return run


def _trains_by_hand(
    tensors: Any, keep_graph: bool = False, create_graph: bool = False, inputs: Any = (), *_: Any
) -> bool:
    """`torch.autograd.grad(loss, parameters)`; with respect to a batch alone it is an attack, a map or a penalty."""
    one_number = len(tensors) == 1 and tensors[0].numel() == 1
    leaves = all(isinstance(leaf, torch.Tensor) and leaf.is_leaf for leaf in inputs)
    several = len(inputs) > 1 or any(isinstance(leaf, torch.nn.Parameter) for leaf in inputs)
    return one_number and leaves and several and not create_graph
