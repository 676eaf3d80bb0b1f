"""A universe and what came out of it: plain data that travels between processes and is saved as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from unstuck.facts import Change, Measured

End = Literal["limit", "ended", "crashed", "timeout", "killed", "never trained"]


@dataclass(frozen=True, kw_only=True)
class Universe:
    """One run of the program from the fork point, with what is changed and how it is measured."""

    changes: tuple[Change, ...] = ()
    ticks: int = 100
    """It ends before this many backwards (0-based), so its parameters are those after `ticks` full steps."""
    seconds: float = 30.0
    """Processor seconds that it may take: what else the machine does changes no verdict."""
    full: int = 0
    """Backwards with every probe on; 0 records the loss alone."""
    states: Literal["record", "put back", "free"] = "put back"
    seed: int = 0
    """0: the program's own random numbers; else everything random from here on is drawn anew."""
    hold_out: tuple[dict[str, Any], ...] = ()
    """Leaves (inputs first) whose rows are partly kept from training and shown in the last `probes` backwards."""
    probes: int = 0
    """Last backwards in which the program is looked at, in eval mode and without a step: on its own rows if none are held out."""
    rows: bool = False
    """Measure held-out rows one by one, with their place in the stored data."""
    measure: Measured = ""
    """What a prediction and its goal have in common, measured at each backward (`probes.comparisons`)."""
    fingerprint: bool = False
    """Hash parameters and random state at the end."""

    def key(self) -> str:
        """The identity of the universe: equal ones are run once."""
        data = asdict(self)
        data["changes"] = [change.key() for change in self.changes]
        return repr(sorted(data.items()))


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a universe reported: its curve, what its probes saw, how it ended, how often its changes acted."""

    end: End
    record: dict[str, Any] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=dict)
    """How often each change acted, by its key; one that touched nothing was not run."""
    crash: dict[str, Any] | None = None
    seconds: float = 0.0
    level: str = "none"
    """Containment that was in force."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> list[float]:
        """The loss at each backward, all channels in order."""
        return list(self.record.get("curve", {}).get("values", []))

    def channel(self, name: str | None) -> list[float]:
        """The curve of one channel; None: of all."""
        curve = self.record.get("curve")
        if not curve:
            return []
        if name is None:
            return list(curve["values"])
        if name not in curve["channels"]:
            return []
        number = curve["channels"].index(name)
        return [v for v, w in zip(curve["values"], curve["which"], strict=True) if w == number]
