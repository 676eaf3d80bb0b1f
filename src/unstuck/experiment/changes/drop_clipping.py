"""Clip no gradient: the clipping functions return the norm and leave the gradients alone."""

from __future__ import annotations

from unstuck.experiment.changes import World


def install(world: World) -> None:
    """All clipping functions of torch, under every name that was imported."""
    hit = world.counter()
    world.session.clip_off = True
    world.session.on.clip.append(lambda *_: hit())
