"""The updates: which parameters gradients reached, and how far they moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class Updates:
    """Gradients and steps of the first backwards, by parameter name."""

    reached: frozenset[str]
    moved: Mapping[str, float]
    ratios: Mapping[str, list[float]]
    gradient_norms: Mapping[str, list[float]]
    global_norms: tuple[float, ...]
    stale: int
    cleared: int

    @classmethod
    def read(cls, data: Data) -> Updates:
        """From the record of the probe `updates`."""
        return cls(
            reached=frozenset(data["reached"]),
            moved=data["moved"],
            ratios=data["ratios"],
            gradient_norms=data["gradient_norms"],
            global_norms=tuple(data["global_norms"]),
            stale=data["stale"],
            cleared=data["cleared"],
        )

    def median_ratio(self) -> float | None:
        """Median over parameters and steps of |update| / |weight| (SYSTEM O12)."""
        ratios = sorted(r for series in self.ratios.values() for r in series)
        return ratios[len(ratios) // 2] if ratios else None
