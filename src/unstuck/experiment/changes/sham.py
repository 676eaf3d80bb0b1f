"""Do what must do nothing: put a gradient's own value back before every step."""

from __future__ import annotations

from typing import Any

from unstuck.experiment.changes import World


def install(world: World) -> None:
    """The curve must equal the control's bit by bit; if not, nothing measured here can be believed."""
    hit = world.counter()

    def gradients(optimizer: Any) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None and not parameter.grad.is_sparse:
                    parameter.grad.copy_(parameter.grad.clone())
                    hit()

    world.session.on.gradients.append(gradients)
