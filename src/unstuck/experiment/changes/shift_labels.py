"""Pair each input with the label some rows on."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf


def install(world: World, by: int, loader: int = -1, leaves: list[dict[str, Any]] | None = None) -> None:
    """`by`: row i gets the label of row i + by, in the order of the stored data.

    With a loader over a map-style dataset the items are re-paired where they are fetched; where stored tensors are
    indexed in the loop (`leaves`), the indexed tensor is rolled.
    """
    hit = world.counter()
    if loader >= 0:
        _shift_dataset(world, loader, by, hit)
    for data in leaves or []:
        leaf = Leaf.from_data(data)
        if leaf.target is not None:
            world.calls.replace(leaf.target, _rolled(by, hit, {}))


def _shift_dataset(world: World, loader: int, by: int, hit: Any) -> None:
    def iterate(asked: Any) -> None:
        if world.session.ordinal(asked) != loader or isinstance(asked.dataset, _Shifted):
            return
        object.__setattr__(asked, "dataset", _Shifted(asked.dataset, by, hit))

    world.session.on.iterate.append(iterate)


class _Shifted:
    def __init__(self, dataset: Any, by: int, hit: Any) -> None:
        self.dataset, self.by, self.hit = dataset, by, hit

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> Any:
        item, other = self.dataset[index], self.dataset[(index + self.by) % len(self.dataset)]
        if isinstance(item, (tuple, list)) and len(item) >= 2:
            self.hit()
            return (*item[:-1], other[-1])
        return item

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dataset, name)


def _rolled(by: int, hit: Any, cache: dict[int, torch.Tensor]) -> Any:
    def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        base = args[0]
        if not isinstance(base, torch.Tensor) or base.dim() == 0:
            return function(*args, **kwargs)
        if id(base) not in cache:
            cache[id(base)] = torch.roll(base, -by, 0)
        hit()
        return function(cache[id(base)], *args[1:], **kwargs)

    return call
