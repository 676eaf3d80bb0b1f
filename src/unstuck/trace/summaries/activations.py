"""What the layers made: rectifiers that are dead, dropout, biases that a norm takes away."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class Rectifier:
    """A ReLU and the share of its units that were zero for every row."""

    target: Data
    place: Place
    units: int
    dead_at_first: float
    dead: float


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """A dropout call."""

    target: Data
    place: Place
    rate: float
    training: bool


@dataclass(frozen=True, kw_only=True)
class Activations:
    """Rectifiers, dropouts, biases just before a batch norm."""

    rectifiers: tuple[Rectifier, ...]
    dropouts: tuple[Dropout, ...]
    biases_before_norm: tuple[tuple[str, Place], ...]

    @classmethod
    def read(cls, data: Data) -> Activations:
        """From the record of the probe `activations`."""
        return cls(
            rectifiers=tuple(
                Rectifier(
                    target=r["target"],
                    place=place(r["site"], object=r["target"]["module"] or ""),
                    units=r["units"],
                    dead_at_first=r.get("dead_at_first", 0.0),
                    dead=r.get("dead", 0.0),
                )
                for r in data["rectifiers"]
            ),
            dropouts=tuple(
                Dropout(
                    target=d["target"],
                    place=place(d["site"], object=d["target"]["module"] or ""),
                    rate=d["rate"],
                    training=d["training"],
                )
                for d in data["dropouts"]
            ),
            biases_before_norm=tuple((b["bias"], place(b["site"])) for b in data["biases_before_norm"]),
        )
