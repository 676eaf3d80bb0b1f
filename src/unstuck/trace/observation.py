"""One saved observation: everything the scout saw, as typed summaries that faults ask for by type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from unstuck.trace.crash import Crash
from unstuck.trace.curve import Curve
from unstuck.trace.loaders import Loaders
from unstuck.trace.provenance import Origins
from unstuck.trace.summaries import (
    Activations,
    Batches,
    ByHand,
    Clipping,
    Cuts,
    Losses,
    Model,
    Modes,
    Optimizers,
    Updates,
)

PARTS: dict[str, Any] = {
    "curve": Curve,
    "loaders": Loaders,
    "losses": Losses,
    "model": Model,
    "optimizers": Optimizers,
    "updates": Updates,
    "activations": Activations,
    "data": Batches,
    "cuts": Cuts,
    "modes": Modes,
    "clipping": Clipping,
    "by hand": ByHand,
}


class Observation:
    """The scout's record. A summary whose probe saw nothing is absent, and says so by its type."""

    def __init__(self, record: Mapping[str, Any], crash: Mapping[str, Any] | None = None) -> None:
        self.record = record
        self.crash = Crash(crash) if crash else None

    @cached_property
    def parts(self) -> dict[type, Any]:
        """Summaries by type."""
        found = {kind: kind.read(self.record[name]) for name, kind in PARTS.items() if name in self.record}
        return {**found, Crash: self.crash or Crash({}), Origins: Origins(self.record)}

    def get(self, kind: type) -> Any:
        """The summary of a type, or None if it was not recorded."""
        return self.parts.get(kind)
