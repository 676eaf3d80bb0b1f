"""Clear the gradients before each backward."""

from __future__ import annotations

from unstuck.experiment.changes import World
from unstuck.observe.session import Backward


def install(world: World) -> None:
    """Gradients of everything the optimizers hold are cleared when a backward begins after a step."""
    hit = world.counter()
    stepped = [True]

    def backward(event: Backward) -> None:
        if not stepped[0]:
            return  # accumulation over several backwards is the program's intent
        stepped[0] = False
        for optimizer in world.session.live_optimizers():
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad = None
                        hit()

    def after_step(optimizer: object) -> None:
        stepped[0] = True

    world.session.on.backward.append(backward)
    world.session.on.after_step.append(after_step)
