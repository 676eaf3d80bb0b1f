"""The modes that the program trained in: train and eval, from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class ModeRun:
    """Training steps in a row with the same modes."""

    root: int
    kind: str
    training: bool
    dependent: int
    asleep: int
    first: int
    last: int
    place: Place


@dataclass(frozen=True, kw_only=True)
class Modes:
    """Train and eval over the whole run."""

    runs: tuple[ModeRun, ...]

    @classmethod
    def read(cls, data: list[Data]) -> Modes:
        """From the record of the probe `modes`."""
        return cls(
            runs=tuple(
                ModeRun(
                    **{k: r[k] for k in ("root", "kind", "training", "dependent", "asleep")},
                    first=r["from"],
                    last=r["until"],
                    place=place(r["site"]),
                )
                for r in data
            )
        )
