"""Multiply the steps that the program itself takes: parameters that no optimizer holds."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.events import Backward
from unstuck.observe.leaves import tensors_among

LOOKING = frozenset({"data", "grad", "detach", "shape", "size", "dim", "numel", "clone"})


def install(world: World, factor: float) -> None:
    """`factor`: what is multiplied. The step counts as taken when the parameter is used again with gradients on."""
    hit = world.counter()
    before: dict[int, torch.Tensor] = {}
    session = world.session

    def after_backward(event: Backward) -> None:
        held = {id(p) for p in session.held_parameters()}
        for parameter in session.known_parameters():
            if id(parameter) not in held:
                before[id(parameter)] = parameter.detach().clone()

    def before_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if name in LOOKING or name.endswith("_") or not torch.is_grad_enabled():
            return
        for parameter in tensors_among((*args, *kwargs.values())):
            old = before.get(id(parameter))
            if old is None or not parameter.requires_grad or torch.equal(old, parameter.detach()):
                continue
            parameter.data.copy_(old + factor * (parameter.detach() - old))
            del before[id(parameter)]
            hit()

    session.on.after_backward.append(after_backward)
    world.calls.before.append(before_call)
