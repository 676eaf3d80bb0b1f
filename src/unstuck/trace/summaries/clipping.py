"""Clipping: by torch's own functions."""

from __future__ import annotations

from dataclasses import dataclass, field

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clipping call: the norms it met and its limit."""

    function: str
    place: Place
    limit: float
    sizes: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Clipping:
    """All clipping calls."""

    calls: tuple[Clip, ...] = field(default=())

    @classmethod
    def read(cls, data: list[Data]) -> Clipping:
        """From the record of the probe `clipping`."""
        return cls(
            calls=tuple(
                Clip(function=c["function"], place=place(c["site"]), limit=c["limit"], sizes=tuple(c["sizes"]))
                for c in data
            )
        )
