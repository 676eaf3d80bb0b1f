"""The graph: where it is cut, and what took part in it."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A call that was given something with a gradient and returned something without."""

    function: str
    target: Data
    place: Place
    inside: str
    shape: tuple[int, ...]
    behind: frozenset[str] = frozenset()
    """Parameters that what is cut was computed with."""
    callers: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Where the graph is cut, and which parameters took part at all."""

    cuts: tuple[Cut, ...]
    ungraded: tuple[Cut, ...]
    used: frozenset[str]

    @classmethod
    def read(cls, data: Data) -> Cuts:
        """From the record of the probe `cuts`."""

        def cut(entry: Data) -> Cut:
            return Cut(
                function=entry["target"]["function"],
                target=entry["target"],
                place=place(entry["site"], object=entry["inside"]),
                inside=entry["inside"],
                shape=tuple(entry.get("shape", ())),
                behind=frozenset(entry.get("behind", ())),
                callers=tuple(place(site) for site in entry.get("callers", ())),
            )

        return cls(
            cuts=tuple(map(cut, data["cuts"])),
            ungraded=tuple(map(cut, data["ungraded"])),
            used=frozenset(data["used"]),
        )
