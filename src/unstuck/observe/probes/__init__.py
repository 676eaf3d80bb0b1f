"""One file a probe. A probe listens while it is attached and returns plain data (JSON) when asked for its record."""

from __future__ import annotations

from typing import Any, Protocol


class Probe(Protocol):
    """What the recorder needs of a probe."""

    name: str

    def record(self) -> Any:
        """What was seen, as plain data."""
