"""Keep a stretch of the stored rows from training: other rows of the batch stand in for them."""

from __future__ import annotations

import functools
from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf, replaced


def install(world: World, leaves: list[dict[str, Any]], first: int, last: int) -> None:
    """`leaves`: inputs and targets of a step; rows that stand from `first` to `last` in the stored data are left out."""
    hit = world.counter()
    filters = world.filters(leaves)
    known = [Leaf.from_data(data) for data in leaves]

    def other_rows(tensor: torch.Tensor) -> torch.Tensor:
        positions = world.session.positions
        if world.probing or positions is None or tensor.dim() == 0 or len(positions) != len(tensor):
            return tensor
        out = torch.tensor([first <= p <= last for p in positions])
        good = torch.nonzero(~out).flatten()
        if not out.any() or not len(good):
            return tensor
        hit()
        order = torch.arange(len(out))
        order[out] = good[torch.arange(int(out.sum())) % len(good)]
        return tensor[order]

    def batch_filter(batch: Any) -> Any:
        for leaf in known:
            if leaf.source == "loader" and leaf.loader == world.session.drawing:
                batch = replaced(batch, leaf.path, other_rows)
        return batch

    if any(leaf.source == "loader" for leaf in known):
        world.session.on.batch.append(batch_filter)
    for leaf in known:
        if leaf.source != "loader":
            filters.on(leaf, functools.partial(other_rows))
