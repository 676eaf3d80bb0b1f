"""What the program does itself, past torch: updates and clipping, written out."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data
from unstuck.trace.summaries.clipping import Clip


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What the program does itself: lines that write into parameters, and into gradients before the optimizer's step."""

    updates: tuple[Place, ...] = ()
    """Most often first."""
    updated: frozenset[str] = frozenset()
    """Parameters that such a line wrote into."""
    clearing: tuple[Place, ...] = ()
    """Lines that touch gradients between a step and the next backward, most often first."""
    clip: Clip | None = None
    """Something cuts all gradients to one norm."""

    @classmethod
    def read(cls, data: Data) -> ByHand:
        """From the record of the probe `by hand`."""
        updates, rewrites, clearing = (
            sorted(data.get(k, ()), key=lambda line: -line["times"]) for k in ("updates", "rewrites", "clearing")
        )
        return cls(
            updates=tuple(place(line["site"]) for line in updates),
            updated=frozenset(data["updated"]),
            clearing=tuple(place(line["site"]) for line in clearing),
            clip=_clip(rewrites, data["norms"]),
        )


def _clip(rewrites: list[Data], norms: list[list[float]]) -> Clip | None:
    """A limit written by hand: however long gradients were, after that line they have the same norm."""
    shrunk = [(before, after) for before, after in norms if 0 < after < before]
    if not rewrites or len(shrunk) < max(6, len(norms) // 2):
        return None
    limit = sorted(after for _, after in shrunk)[len(shrunk) // 2]
    alike = [before for before, after in shrunk if abs(after - limit) <= 0.01 * limit]
    if len(alike) < 0.8 * len(shrunk) or max(alike) < 1.1 * min(alike):
        return None
    where = place(rewrites[0]["site"])
    return Clip(function="this line", place=where, limit=limit, sizes=tuple(before for before, _ in shrunk))
