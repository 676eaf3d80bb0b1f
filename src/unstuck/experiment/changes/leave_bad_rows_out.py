"""Put another row of the same batch in the place of each row that holds NaN or infinity."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf, replaced


def install(world: World, leaves: list[dict[str, Any]]) -> None:
    """`leaves`: inputs and targets of a step. Those of one loader's batch are replaced together."""
    hit = world.counter()
    filters = world.filters(leaves)
    known = [Leaf.from_data(data) for data in leaves]
    by_loader = [leaf for leaf in known if leaf.source == "loader"]
    last: dict[int, torch.Tensor] = {}

    def batch_filter(batch: Any) -> Any:
        tensors = {leaf: _at(batch, leaf.path) for leaf in by_loader if leaf.loader == world.session.drawing}
        present = {leaf: t for leaf, t in tensors.items() if t is not None and t.dim() > 0}
        bad = _bad_rows(list(present.values()))
        if bad is None or not bad.any():
            return batch
        hit()
        order = _good_order(bad)
        for leaf in present:
            batch = replaced(
                batch, leaf.path, lambda t: t[order] if order is not None else torch.nan_to_num(t, 0, 0, 0)
            )
        return batch

    if by_loader:
        world.session.on.batch.append(batch_filter)

    def clean(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() == 0:
            return tensor
        bad = _bad_rows([tensor])
        if bad is not None and bad.any():
            hit()
            order = _good_order(bad)
            last[len(tensor)] = order if order is not None else torch.arange(len(tensor))
            return torch.nan_to_num(tensor[last[len(tensor)]], 0, 0, 0)
        if len(tensor) in last:  # the other leaf of the same step
            return tensor[last.pop(len(tensor))]
        return tensor

    for leaf in known:
        if leaf.source != "loader":
            filters.on(leaf, clean)


def _at(batch: Any, path: tuple[Any, ...]) -> torch.Tensor | None:
    try:
        for key in path:
            batch = batch[key]
    except (KeyError, IndexError, TypeError):
        return None
    return batch if isinstance(batch, torch.Tensor) else None


def _bad_rows(tensors: list[torch.Tensor]) -> torch.Tensor | None:
    bad = None
    for tensor in tensors:
        rows = (~torch.isfinite(tensor)).flatten(1).any(1) if tensor.dim() > 1 else ~torch.isfinite(tensor)
        if bad is None:
            bad = rows
        elif bad.shape == rows.shape:
            bad = bad | rows
    return bad


def _good_order(bad: torch.Tensor) -> torch.Tensor | None:
    good = torch.nonzero(~bad).flatten()
    if not len(good):
        return None
    order = torch.arange(len(bad))
    order[bad] = good[torch.arange(int(bad.sum())) % len(good)]
    return order
