"""Train on rows drawn at random from all that came so far: for a stream, whose order nobody can draw anew.

Of a loader it is the items, before they are put together: texts of one long row have no rows of their own.
"""

from __future__ import annotations

import copy
from typing import Any, Literal

import torch

from unstuck.experiment.changes import World
from unstuck.experiment.changes._rows import together
from unstuck.observe.leaves import Leaf, tensors_in

POOL = 8192
POOL_BYTES = 256 * 2**20
"""Rows that are remembered: so many, and no more than that."""
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
        self.size = 0

    def __call__(self, rows: list[Any]) -> list[Any] | None:
        """As many rows from all that were seen; None where these are to stay."""
        for row in rows:
            if len(self.rows) < POOL and self.size < POOL_BYTES:
                self.rows.append(row)
                self.size += sum(t.numel() * t.element_size() for _, t in tensors_in(row)) or 256
            else:
                self.rows[self.seen % len(self.rows)] = row
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
        if tensor.dim() == 0 or not torch.is_grad_enabled():  # what is validated is left alone
            return tensor
        chosen = self.mixer([row.clone() for row in tensor.detach()])
        mixed = together(chosen) if chosen is not None else None
        if mixed is None:
            return tensor
        self.hit()
        return mixed


def _mix_items(world: World, ordinal: int, mixer: _Mixer, hit: Any) -> None:
    wrapped: list[Any] = []

    def iterate(loader: Any) -> None:
        collate: Any = getattr(loader, "collate_fn", None)
        in_batches = loader.batch_sampler is not None or loader.batch_size is not None
        if (
            world.session.ordinal(loader) != ordinal
            or collate is None
            or not in_batches
            or loader.num_workers
            or wrapped
        ):
            return
        wrapped.append(loader)

        def collated(items: list[Any]) -> Any:
            chosen = mixer(list(items)) if torch.is_grad_enabled() else None
            if chosen is None:
                return collate(items)
            hit()
            # The program may take an item apart, and one may come twice.
            return collate([copy.deepcopy(item) for item in chosen])

        loader.collate_fn = collated

    world.session.on.iterate.append(iterate)
