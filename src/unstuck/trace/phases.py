"""Training in phases: one optimizer after another, or a layer exchanged on the way (pretrain, then fine-tune)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LEAST = 20
"""Steps that make a phase."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A later phase: the tick it begins with, and the moment at which the program can be paused before it."""

    tick: int
    moment: int
    unfrozen: bool = False
    """The same training goes on with more parameters: what came before belongs to it."""


def later_phases(record: Mapping[str, Any]) -> list[Phase]:
    """Where another optimizer takes over for good, or gets another model; the same again (a fold) is no new phase."""
    optimizers = sorted(
        (o for o in record.get("optimizers", []) if o["steps"] >= LEAST and o["parameters"]), key=lambda o: o["first"]
    )
    found: list[Phase] = []
    for before, optimizer in pairwise(optimizers):
        ended = max(o["last"] for o in optimizers if o["first"] <= before["first"])
        if optimizer["first"] > ended and not optimizer["repeats"]:
            found.append(Phase(tick=optimizer["first"], moment=optimizer["moment"]))
    changed = [Phase(**change) for o in optimizers for change in o["changes"] if change["tick"] >= LEAST]
    return sorted([*found, *changed], key=lambda phase: phase.tick)


def first_phase(record: Mapping[str, Any], until: int) -> dict[str, Any]:
    """The record with its curve up to a tick, and the optimizers that had begun by then."""
    curve, optimizers = record["curve"], [o for o in record.get("optimizers", []) if o["first"] < until]
    return {
        **record,
        "optimizers": optimizers,
        "curve": {**curve, "which": curve["which"][:until], "values": curve["values"][:until]},
    }
