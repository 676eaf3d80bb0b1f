"""Train on rows drawn at random from all that came so far: for a stream, whose order nobody can draw anew.

Of a loader it is the items, before they are put together: texts of one long row have no rows of their own.
"""

from __future__ import annotations

from typing import Any, Literal

import torch

from unstuck.experiment.changes import World
from unstuck.experiment.changes._rows import together
from unstuck.observe.leaves import Leaf

POOL = 8192
"""Rows that are remembered."""


When = Literal["training", "probes", "always"]
"""`probes`: only while the program is looked at in the end, so that each batch stands for all."""


def install(
    world: World, leaves: list[dict[str, Any]] | None = None, loader: int = -1, when: When = "training"
) -> None:
    """`leaves`: all that enters a step, with as many rows each, or the index they are drawn by; the same rows are drawn for
    each of them. `loader`: the items of its batches."""
    hit = world.counter()
    filters = world.filters(leaves or [])
    for data in leaves or []:
        filters.on(Leaf.from_data(data), _OfLeaf(_Mixer(world, when), hit))
    if loader >= 0:
        _mix_items(world, loader, _Mixer(world, when), hit)


class _Mixer:
    """What is drawn follows from how many rows came before, so it is the same for all leaves."""

    def __init__(self, world: World, when: When) -> None:
        self.world, self.when = world, when
        self.rows: list[Any] = []
        self.seen = 0

    def __call__(self, rows: list[Any]) -> list[Any] | None:
        """As many rows from all that were seen; None where these are to stay."""
        for row in rows:
            if len(self.rows) < POOL:
                self.rows.append(row)
            else:
                self.rows[self.seen % POOL] = row
            self.seen += 1
        if self.when not in ("always", "probes" if self.world.probing else "training"):
            return None
        generator = torch.Generator().manual_seed(self.world.generator().initial_seed() + self.seen)
        return [self.rows[i] for i in torch.randint(len(self.rows), (len(rows),), generator=generator).tolist()]


class _OfLeaf:
    """The rows of one leaf."""

    def __init__(self, mixer: _Mixer, hit: Any) -> None:
        self.mixer, self.hit = mixer, hit

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() == 0:
            return tensor
        chosen = self.mixer([row.clone() for row in tensor.detach()])
        mixed = together(chosen) if chosen is not None else None
        if mixed is None:
            return tensor
        self.hit()
        return mixed


def _mix_items(world: World, ordinal: int, mixer: _Mixer, hit: Any) -> None:
    def iterate(loader: Any) -> None:
        collate = getattr(loader, "collate_fn", None)
        if world.session.ordinal(loader) != ordinal or collate is None or loader.batch_size is None or wrapped:
            return
        wrapped.append(loader)

        def collated(items: list[Any]) -> Any:
            chosen = mixer(list(items))
            if chosen is None:
                return collate(items)
            hit()
            return collate(chosen)

        loader.collate_fn = collated

    wrapped: list[Any] = []
    world.session.on.iterate.append(iterate)
