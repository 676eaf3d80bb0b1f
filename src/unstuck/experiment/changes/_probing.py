"""Look at the program in the last backwards of a universe: in eval mode, and without a further step."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.events import Backward
from unstuck.observe.session import parameters_of


class Probing:
    """From the backward `first_probe` on modules run in eval mode, and no parameter moves."""

    def __init__(self, world: World, first_probe: int) -> None:
        self.world = world
        world.first_probe = first_probe
        self._modes: list[tuple[Any, bool]] = []
        self._dropouts: list[tuple[torch.nn.RNNBase, float]] = []
        self._gradients: list[tuple[torch.Tensor, Any]] = []
        session = world.session
        session.on.enter.append(self._enter)
        session.on.backward.append(self._backward)
        session.on.gradients.append(self._set_aside)
        session.on.after_step.insert(0, self._after_step)

    def _enter(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.world.probing and torch.is_grad_enabled():
            for part in module.modules():
                if isinstance(part, torch.nn.RNNBase):  # cuDNN takes backward in training mode only
                    self._dropouts.append((part, part.dropout))
                    part.dropout = 0.0
                elif part.training:
                    self._modes.append((part, True))
                    part.training = False
        return args, kwargs

    def _backward(self, event: Backward) -> None:
        if event.number >= self.world.first_probe:
            event.skip = True
            self._fill_in_gradients()  # clipping and printing them must go on
            for part, mode in self._modes:
                part.training = mode
            for part, rate in reversed(self._dropouts):
                part.dropout = rate
            self._modes, self._dropouts = [], []

    def _fill_in_gradients(self) -> None:
        held = self.world.session.held_parameters()
        for parameter in held or self.world.session.known_parameters():
            if parameter.requires_grad and (
                parameter.grad is None or not held
            ):  # a step written out cannot be kept off
                parameter.grad = torch.zeros_like(parameter)

    def _set_aside(self, optimizer: Any) -> None:
        if self.world.session.backwards > self.world.first_probe:
            for parameter in parameters_of(optimizer):
                self._gradients.append((parameter, parameter.grad))
                parameter.grad = None

    def _after_step(self, optimizer: Any) -> None:
        for parameter, gradient in self._gradients:
            parameter.grad = gradient
        self._gradients = []
