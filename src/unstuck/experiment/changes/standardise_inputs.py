"""Give every input feature zero mean and unit spread, measured on the first batches."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf

ROWS = 256


class Standardiser:
    """Mean and spread by feature over the first rows seen; a feature that does not vary is only centred."""

    def __init__(self) -> None:
        self.rows: list[torch.Tensor] = []
        self.count = 0
        self.mean: torch.Tensor | None = None
        self.std: torch.Tensor | None = None

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        """The standardised tensor; the first rows are measured on the way."""
        if self.count < ROWS:
            self.rows.append(tensor.detach().clone())
            self.count += len(tensor)
            self._measure()
        assert self.mean is not None
        assert self.std is not None
        return ((tensor - self.mean) / self.std).to(tensor.dtype)

    def _measure(self) -> None:
        data = torch.cat([r for r in self.rows if r.shape[1:] == self.rows[0].shape[1:]])
        # One scale a channel for images and series: neighbouring values belong together.
        over = [0, *range(2, data.dim())] if data.dim() == 4 else [*range(data.dim() - 1)]
        finite = torch.where(torch.isfinite(data), data, torch.zeros_like(data))
        self.mean = finite.mean(over, keepdim=True)[0]
        spread = finite.std(over, keepdim=True)[0] if data.shape[0] > 1 else torch.ones_like(self.mean)
        tiny = spread <= 1e-6 * self.mean.abs().clamp_min(1e-30)
        self.std = torch.where(tiny, torch.ones_like(spread), spread)


def install(world: World, leaves: list[dict[str, Any]]) -> None:
    """`leaves`: the inputs that are floating point."""
    hit = world.counter()
    filters = world.filters(leaves)

    for data in leaves:
        standardise = Standardiser()

        def change(tensor: torch.Tensor, standardise: Standardiser = standardise) -> torch.Tensor:
            if not tensor.is_floating_point() or tensor.dim() < 2:
                return tensor
            hit()
            return standardise(tensor)

        filters.on(Leaf.from_data(data), change)
