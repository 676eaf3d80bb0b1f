"""Clip no gradient: the clipping functions return the norm and leave the gradients alone."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.events import Backward
from unstuck.observe.session import parameters_of


def install(world: World, by_hand: bool = False) -> None:
    """All clipping functions of torch, under every name that was imported; `by_hand`: whatever the program does itself."""
    hit = world.counter()
    if by_hand:
        _keep_as_computed(world, hit)
        return
    world.session.clip_off = True
    world.session.on.clip.append(lambda *_: hit())


def _keep_as_computed(world: World, hit: Any) -> None:
    """Each step gets the gradients as they were right after backward."""
    computed: dict[int, torch.Tensor] = {}

    def after_backward(event: Backward) -> None:
        for parameter in world.session.held_parameters():
            if parameter.grad is not None:
                computed[id(parameter)] = parameter.grad.detach().clone()

    def gradients(optimizer: Any) -> None:
        for parameter in parameters_of(optimizer):
            if parameter.grad is not None and id(parameter) in computed:
                parameter.grad.copy_(computed.pop(id(parameter)))
                hit()

    world.session.on.after_backward.append(after_backward)
    world.session.on.gradients.append(gradients)
