"""What rows are drawn by: the index of a call, and the positions in the stored data that it names."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import torch

from unstuck.observe.calls import Call
from unstuck.observe.sources import user_frame
from unstuck.observe.vocabulary import INDEXING


def index_of(call: Call) -> Any:
    """What rows were asked for by: the same object for all that is drawn together."""
    if call.name not in INDEXING or len(call.args) < 2:
        return None
    index = call.args[1]
    return index[0] if isinstance(index, tuple) and index else index


def is_index(value: Any) -> bool:
    """Row numbers in a tensor."""
    return isinstance(value, torch.Tensor) and value.dim() == 1 and value.dtype == torch.int64


def rows_in_order(base: Any, index: Any) -> tuple[int, int] | None:
    """First and last row that `base[index]` takes, if they are taken in the order in which they are stored."""
    if isinstance(index, torch.Tensor) and index.dim() == 2 and index.dtype == torch.int64 and index.numel():
        index = index[:, 0]  # windows of a long row
    rows = indexed_positions(base, index)
    if not rows or len(rows) < 2 or any(b <= a for a, b in itertools.pairwise(rows)):
        return None
    return rows[0], rows[-1]


def all_differ(numbers: torch.Tensor) -> bool:
    """No row is drawn twice."""
    return 1 < numbers.numel() == len(set(numbers.tolist()))


def indexed_positions(base: Any, index: Any) -> list[int] | None:
    """Which rows of a stored tensor `base[index]` takes."""
    index = index[0] if isinstance(index, tuple) and index else index
    if isinstance(index, slice):
        return list(range(*index.indices(len(base))))
    if isinstance(index, torch.Tensor) and index.dim() == 1 and index.dtype in (torch.int64, torch.int32):
        return [int(i) for i in index.tolist()]
    if isinstance(index, list) and all(isinstance(i, int) for i in index):
        return index
    tolist = getattr(index, "tolist", None)
    values = tolist() if tolist else None
    return values if isinstance(values, list) and values and all(type(v) is int for v in values) else None


def index_in_reach(rows: int) -> list[int] | None:
    """The only list of so many different numbers among the variables of the user's function: what rows were taken by.

    A list that is no index does no harm: nothing is found along it.
    """
    frame = user_frame(sys._getframe(1))
    found = [known for value in (frame.f_locals.values() if frame else ()) if (known := _numbers(value, rows))]
    return found[0] if len(found) == 1 else None


def _numbers(value: Any, rows: int) -> list[int] | None:
    if not isinstance(value, (list, tuple, torch.Tensor)) and type(value).__name__ != "ndarray":
        return None
    if len(getattr(value, "shape", (rows,))) != 1 or len(value) != rows or rows < 2:
        return None
    values = value.tolist() if hasattr(value, "tolist") else list(value)
    whole = all(type(v) is int and v >= 0 for v in values)
    return values if whole and len(set(values)) == rows and max(values) >= rows else None
