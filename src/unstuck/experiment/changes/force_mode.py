"""Keep the model in train mode (or eval mode) while it trains."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World


def install(world: World, training: bool = True) -> None:
    """Every outermost module that is trained is put into the mode first; validation and teachers are left alone."""
    hit = world.counter()

    def enter(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        trained = torch.is_grad_enabled() and not world.probing and any(p.requires_grad for p in module.parameters())
        for part in module.modules() if trained else ():
            if part.training != training:
                part.training = training
                hit()
        return args, kwargs

    world.session.on.enter.append(enter)
