"""The backward slice: from a value to the lines that made it, nearest first."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from unstuck.trace.provenance.values import Demand, Hop, Scope, Side, Step

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

MOST = 300
"""Values that are looked into."""
LATER = {"value": 0, "order": 30, "aside": 60}
"""What is beside the way comes after the way."""


@dataclass(frozen=True)
class Slice:
    """The steps of one value, nearest first."""

    steps: tuple[Step, ...] = ()
    scopes: tuple[Scope, ...] = ()
    """The functions, as they were called, that the way leads through."""
    values: tuple[Demand, ...] = ()
    """The values on the way of the data, nearest first."""

    @property
    def way(self) -> tuple[Step, ...]:
        """The steps that the data themselves take."""
        return tuple(s for s in self.steps if s.side == "value")

    @property
    def lines(self) -> frozenset[tuple[str, int]]:
        """The lines of the way of the data."""
        return frozenset((s.place.path, s.place.line) for s in self.way)


def walk(world: World, *starts: Demand, most: int = MOST) -> Slice:
    """The slice of a value: every line once for each kind of operation on it."""
    world.begin()
    count = itertools.count()
    heap: list[tuple[int, int, Demand, Side, bool]] = [(0, next(count), start, "value", False) for start in starts]
    scopes: dict[Scope, None] = {}
    steps: dict[tuple[object, ...], Step] = {}
    seen: dict[tuple[Demand, Side], None] = {}
    while heap and len(seen) < most:
        far, _, demand, side, branch = heapq.heappop(heap)
        if (demand, side) in seen or (demand, "value") in seen:
            continue
        seen[(demand, side)] = None
        scopes.setdefault(demand.scope)
        for found in world.hops(demand):
            if isinstance(found, Hop):
                to = _side(side, found.side)
                later = far + found.far + LATER[to] - LATER[side]
                heapq.heappush(heap, (later, next(count), found.demand, to, branch or found.branch))
            elif side == "value" or found.kind in ("selects", "draws", "reads") or side == "aside":
                tags = found.tags | {"branch"} if branch else found.tags
                at = (found.place.path, found.place.line, found.kind, side, tags, found.key)
                steps.setdefault(at, replace(found, side=side, depth=far, tags=tags))
    values = dict.fromkeys(demand for demand, side in seen if side == "value")
    return Slice(tuple(steps.values()), tuple(scopes), tuple(values))


def _side(now: Side, then: Side) -> Side:
    """Once beside the way, always beside it."""
    return then if now == "value" else now
