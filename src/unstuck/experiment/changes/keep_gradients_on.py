"""Leave gradients on where the program switches them off."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.sources import here


def install(world: World, path: str = "", line: int = 0) -> None:
    """`path`, `line`: where `no_grad` or `set_grad_enabled` stands; it may have been entered before this moment."""
    hit = world.counter()

    def make(original: Any) -> Any:
        def enabled(on: bool) -> None:
            site = here()
            if not on and site is not None and (site.path, site.line) == (path, line):
                hit()
                on = True
            original(on)

        return enabled

    if not torch.is_grad_enabled():
        hit()
        torch.set_grad_enabled(True)
    world.session.replace(torch._C, "_set_grad_enabled", make)
