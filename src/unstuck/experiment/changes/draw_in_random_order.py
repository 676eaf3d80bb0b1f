"""Draw the training rows in random order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf


class Renamed:
    """The batches of a sampler with every row exchanged for another: as many batches, as large."""

    def __init__(self, batches: Any, rows: int, generator: torch.Generator) -> None:
        self.batches, self.rows, self.generator = batches, rows, generator

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(self.rows, generator=self.generator).tolist()
        for batch in self.batches:
            yield [order[row] for row in batch]


def install(world: World, loader: int = -1, leaves: list[dict[str, Any]] | None = None) -> None:
    """`loader`: its sampler becomes random; `leaves`: stored tensors that are sliced in the loop are permuted alike."""
    hit = world.counter()
    generator = world.generator()

    def iterate(asked: Any) -> None:
        from torch.utils.data import RandomSampler

        batches: Any = getattr(asked, "batch_sampler", None)
        if world.session.ordinal(asked) != loader or batches is None or not hasattr(asked.dataset, "__len__"):
            return
        if hasattr(batches, "sampler"):
            batches.sampler = RandomSampler(asked.dataset, generator=generator)
        elif not isinstance(batches, Renamed):  # a sampler of the program's own, which a loader lets nobody exchange
            asked.__dict__["batch_sampler"] = Renamed(batches, len(asked.dataset), generator)
        hit()

    if loader >= 0:
        world.session.on.iterate.append(iterate)
    orders: dict[int, torch.Tensor] = {}
    cache: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        base = args[0]
        if not isinstance(base, torch.Tensor) or base.dim() == 0:
            return function(*args, **kwargs)
        if id(base) not in cache or cache[id(base)][0] is not base:
            order = orders.setdefault(len(base), torch.randperm(len(base), generator=generator))
            cache[id(base)] = (base, base[order.to(base.device)])
        hit()
        return function(cache[id(base)][1], *args[1:], **kwargs)

    for data in leaves or []:
        leaf = Leaf.from_data(data)
        if leaf.source == "call" and leaf.target is not None:
            world.calls.replace(leaf.target, call)
