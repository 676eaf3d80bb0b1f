"""Train on rows drawn at random from all that came so far: for a stream, whose order nobody can draw anew."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.experiment.changes._rows import together
from unstuck.observe.leaves import Leaf

POOL = 8192
"""Rows that are remembered."""


def install(world: World, leaves: list[dict[str, Any]]) -> None:
    """`leaves`: all that enters a step, with as many rows each; the same rows are drawn for each of them."""
    hit = world.counter()
    filters = world.filters(leaves)
    for data in leaves:
        filters.on(Leaf.from_data(data), _Mixer(world, hit))


class _Mixer:
    """The rows of one leaf. What is drawn follows from how many rows came before, so it is the same for all leaves."""

    def __init__(self, world: World, hit: Any) -> None:
        self.world, self.hit = world, hit
        self.rows: list[torch.Tensor] = []
        self.seen = 0

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.world.probing or tensor.dim() == 0:
            return tensor
        for row in tensor.detach():
            if len(self.rows) < POOL:
                self.rows.append(row.clone())
            else:
                self.rows[self.seen % POOL] = row.clone()
            self.seen += 1
        generator = torch.Generator().manual_seed(self.world.generator().initial_seed() + self.seen)
        chosen = torch.randint(len(self.rows), (len(tensor),), generator=generator).tolist()
        mixed = together([self.rows[i] for i in chosen])
        if mixed is None:
            return tensor
        self.hit()
        return mixed
