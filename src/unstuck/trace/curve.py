"""The loss over the watched run, and the channel that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unstuck.facts import Place
from unstuck.trace.places import shorten


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The main loss: the channel with nine tenths of the backwards; none where several share them (a GAN)."""

    channel: str | None
    values: tuple[float, ...]
    site: Place
    ticks: int
    tick_seconds: float | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Curve:
        """From the record of the curve."""
        counts = [data["which"].count(i) for i in range(len(data["channels"]))]
        best = max(range(len(counts)), key=counts.__getitem__, default=None)
        main = best if best is not None and counts[best] >= 0.9 * len(data["which"]) else None
        channel = data["channels"][main] if main is not None else None
        path, _, line = (channel or "").rpartition(":")
        return cls(
            channel=channel,
            values=tuple(v for v, w in zip(data["values"], data["which"], strict=True) if w == main),
            site=Place(path=shorten(path), line=int(line)) if channel and line.isdigit() else Place(path=""),
            ticks=len(data["values"]),
            tick_seconds=data["tick_seconds"],
        )

    @property
    def first(self) -> float:
        """The loss of the first step."""
        return self.values[0]

    @property
    def last(self) -> float:
        """The mean of the last tenth."""
        tail = self.values[-max(1, len(self.values) // 10) :]
        return sum(tail) / len(tail)
