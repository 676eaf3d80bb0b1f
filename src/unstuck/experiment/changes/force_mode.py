"""Keep the model in train mode (or eval mode) while it trains."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World


def install(world: World, training: bool = True) -> None:
    """Every outermost module called with gradients on is put into the mode first; validation is left alone."""
    hit = world.counter()

    def enter(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if torch.is_grad_enabled() and not world.probing and module.training != training:
            for part in module.modules():
                part.training = training
            hit()
        return args, kwargs

    world.session.on.enter.append(enter)
