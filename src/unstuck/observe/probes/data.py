"""The data: what each leaf of the batches holds. Summaries only, never rows."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.observe.calls import Calls
from unstuck.observe.events import Backward
from unstuck.observe.leaves import Leaf, Provenance
from unstuck.observe.session import Session

MAX_FEATURES = 20_000


class Data:
    """Per leaf: type, shape, the distribution of its values, of its classes from batch to batch."""

    name = "data"

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.provenance = Provenance(session, calls)
        self.leaves: dict[Leaf, dict[str, Any]] = {}
        self._sums: dict[Leaf, list[torch.Tensor]] = {}
        session.on.backward.append(self._backward)

    def _backward(self, event: Backward) -> None:
        try:
            self.provenance.add_companions()
            for leaf, tensors in self.provenance.seen.items():
                self._summarise(leaf, tensors[0].detach())
        finally:
            self.provenance.next_step()

    def _summarise(self, leaf: Leaf, tensor: torch.Tensor) -> None:
        entry = self.leaves.setdefault(
            leaf,
            {
                "leaf": leaf.as_data(), "dtype": str(tensor.dtype), "shape": list(tensor.shape), "batches": [],
            },
        )  # fmt: skip
        entry["turn"] = self.provenance.turn(leaf)  # of the last step: the first one was under way when the watch began
        entry.setdefault("rows", []).append(self.provenance.rows_in_order(leaf))
        entry["by_numbers"] = self.provenance.by_numbers(leaf)
        entry["varies"] = entry.get("varies", False) or list(tensor.shape[1:]) != entry["shape"][1:]
        if not tensor.numel() or tensor.is_complex() or tensor.layout is not torch.strided:
            return
        data = tensor.double()
        finite = torch.isfinite(data)
        good = data[finite]
        batch: dict[str, Any] = {
            "rows": int(tensor.shape[0]) if tensor.dim() else 1,
            "non_finite": int((~finite).sum()),
            "mean": float(good.mean()) if good.numel() else 0.0,
            "std": float(good.std()) if good.numel() > 1 else 0.0,
            "min": float(good.min()) if good.numel() else 0.0,
            "max": float(good.max()) if good.numel() else 0.0,
        }
        if _holds_classes(data, finite):
            values, counts = good.long().unique(return_counts=True)
            if len(values) <= 200:
                batch["classes"] = {str(int(v)): int(c) for v, c in zip(values, counts, strict=True)}
        entry["batches"].append(batch)
        if tensor.is_floating_point() and tensor.dim() > 1 and tensor[0].numel() <= MAX_FEATURES:
            rows = torch.where(finite, data, torch.zeros_like(data)).flatten(1)
            sums = self._sums.setdefault(leaf, [torch.zeros(()), torch.zeros(()), torch.zeros(())])
            if sums[1].dim() == 0 or sums[1].shape == rows[0].shape:
                sums[0], sums[1], sums[2] = sums[0] + rows.shape[0], sums[1] + rows.sum(0), sums[2] + (rows**2).sum(0)

    def record(self) -> list[dict[str, Any]]:
        """One entry per leaf, with its roles and the spread of its features."""
        for leaf, (count, total, squares) in self._sums.items():
            mean = total / count
            std = (squares / count - mean**2).clamp_min(0).sqrt()
            varying = std > 1e-12 * mean.abs().clamp_min(1e-300)
            entry = self.leaves[leaf]
            entry["features"] = int(std.numel())
            entry["constant_features"] = int((~varying).sum())
            if varying.any():
                spread, centre = std[varying], mean[varying]
                entry["feature_std"] = [float(spread.min()), float(spread.median()), float(spread.max())]
                entry["feature_mean"] = [float(centre.min()), float(centre.median()), float(centre.max())]
        return [{**entry, "roles": self._roles(leaf)} for leaf, entry in self.leaves.items()]

    def _roles(self, leaf: Leaf) -> list[str]:
        roles = self.provenance.roles.get(leaf, set())
        return sorted(roles - {"companion"} or roles)


def _holds_classes(data: torch.Tensor, finite: torch.Tensor) -> bool:
    return data.dim() <= 2 and bool(((data == data.round()) | ~finite).all())
