"""Clear the gradients before each backward."""

from __future__ import annotations

from unstuck.experiment.changes import World
from unstuck.observe.events import Backward


def install(world: World) -> None:
    """What the optimizers hold is cleared when a backward begins after a step; without one, all before each backward."""
    hit = world.counter()
    stepped = [True]

    def backward(event: Backward) -> None:
        held = world.session.held_parameters()
        if held and not stepped[0]:
            return  # accumulation over several backwards is the program's intent
        stepped[0] = False
        for parameter in held or world.session.known_parameters():
            if parameter.grad is not None:
                parameter.grad = None
                hit()

    def after_step(optimizer: object) -> None:
        stepped[0] = True

    world.session.on.backward.append(backward)
    world.session.on.after_step.append(after_step)
