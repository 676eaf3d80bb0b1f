"""Go the other way: the gradient of the loss with its sign turned round."""

from __future__ import annotations

import torch

from unstuck.experiment.changes import World
from unstuck.observe.events import Backward


def install(world: World) -> None:
    """The recorded loss keeps its sign; only the direction of the step turns."""
    hit = world.counter()

    def backward(event: Backward) -> None:
        event.gradients = [
            -gradient if gradient is not None else -torch.ones_like(tensor)
            for gradient, tensor in zip(event.gradients, event.tensors, strict=False)
        ]
        hit()

    world.session.on.backward.append(backward)
