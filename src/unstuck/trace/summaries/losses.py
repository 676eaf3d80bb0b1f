"""The losses: what their functions were given, and what stands between them and the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class LossCall:
    """A loss function with what it was given."""

    name: str
    target: Data
    place: Place
    output_shape: tuple[int, ...]
    target_shape: tuple[int, ...]
    output_range: tuple[float, float] | None
    target_range: tuple[float, float] | None
    values: tuple[float, ...]
    callers: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """An operation between output and target that stretched each along a dimension of the other."""

    target: Data
    place: Place
    output_shape: tuple[int, ...]
    target_shape: tuple[int, ...]
    result_shape: tuple[int, ...]
    argument: int
    callers: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A call that says how alike predictions and fixed goals are, with the sign by which it enters what is minimised."""

    target: Data
    place: Place
    """Where it is added to something; else the call."""
    sign: int
    """0: it does not."""


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The losses of the first steps."""

    calls: tuple[LossCall, ...]
    broadcasts: tuple[Broadcast, ...]
    agreements: tuple[Agreement, ...]
    graphs: Data

    @classmethod
    def read(cls, data: Data) -> Losses:
        """From the record of the probe `losses`."""
        return cls(
            calls=tuple(
                LossCall(
                    name=c["target"]["function"],
                    target=c["target"],
                    place=place(c["site"]),
                    output_shape=tuple(c["output_shape"]),
                    target_shape=tuple(c["target_shape"]),
                    output_range=_pair(c.get("output_range")),
                    target_range=_pair(c.get("target_range")),
                    values=tuple(c["values"]),
                    callers=tuple(place(site) for site in c.get("callers", ())),
                )
                for c in data["calls"]
            ),
            broadcasts=tuple(
                Broadcast(
                    target=b["target"],
                    place=place(b["site"]),
                    output_shape=tuple(b["output_shape"]),
                    target_shape=tuple(b["target_shape"]),
                    result_shape=tuple(b["result_shape"]),
                    argument=b["argument"],
                    callers=tuple(place(site) for site in b.get("callers", ())),
                )
                for b in data["broadcasts"]
            ),
            agreements=tuple(
                Agreement(target=a["target"], place=place(a.get("added") or a["site"]), sign=a["sign"])
                for a in data.get("agreements", ())
            ),
            graphs=data["graphs"],
        )


def _pair(values: Any) -> tuple[float, float] | None:
    return (float(values[0]), float(values[1])) if values else None
