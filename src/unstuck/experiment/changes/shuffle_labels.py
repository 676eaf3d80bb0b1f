"""Train on labels of other rows, drawn anew in every step."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf

POOL = 1024


def install(world: World, leaves: list[dict[str, Any]]) -> None:
    """`leaves`: the targets. Labels come from the last thousand rows, so that runs of one class mix as well."""
    hit = world.counter()
    filters = world.filters(leaves)
    generator = world.generator()
    pools: dict[Leaf, torch.Tensor] = {}
    chosen: dict[int, torch.Tensor] = {}

    for number, data in enumerate(leaves):
        leaf = Leaf.from_data(data)

        def shuffle(tensor: torch.Tensor, leaf: Leaf = leaf, first: bool = number == 0) -> torch.Tensor:
            if world.probing or tensor.dim() == 0:
                return tensor
            old = pools.get(leaf)
            if old is not None and old.shape[1:] != tensor.shape[1:]:
                old = None
            pool = tensor.clone() if old is None else torch.cat([tensor, old])[:POOL]
            pools[leaf] = pool
            if first or len(pool) not in chosen:
                chosen[len(pool)] = torch.randperm(len(pool), generator=generator)
            hit()
            return pool[chosen[len(pool)][: len(tensor)].to(pool.device)]

        filters.on(leaf, shuffle)
