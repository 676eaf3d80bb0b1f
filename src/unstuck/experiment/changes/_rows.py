"""Rows that were kept one by one, as a batch again: shared by what draws from rows it has seen, no change itself."""

from __future__ import annotations

import torch


def together(rows: list[torch.Tensor]) -> torch.Tensor | None:
    """Rows as one batch; where they differ in length, padded as programs pad, by zeros or by a number below."""
    if all(row.shape == rows[0].shape for row in rows):
        return torch.stack(rows)
    if any(row.dim() != rows[0].dim() for row in rows):
        return None
    padding = 0.0
    if not rows[0].is_floating_point() and rows[0].dtype != torch.bool:
        padding = min(0.0, *(float(row.min()) for row in rows if row.numel()))
    batch = rows[0].new_full((len(rows), *map(max, zip(*(row.shape for row in rows), strict=True))), padding)
    for place, row in zip(batch, rows, strict=True):
        place[tuple(slice(n) for n in row.shape)] = row
    return batch
