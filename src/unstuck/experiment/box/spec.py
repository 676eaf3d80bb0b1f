"""What a box is: plain data, known to every level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["namespace", "landlock", "audit", "none"]

LEVELS: tuple[Level, ...] = ("namespace", "landlock", "audit", "none")
"""Strongest first."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """What a universe may do. Everything not granted here is kept from it as well as the level in force can."""

    private: tuple[str, ...]
    """Folders whose changes are seen inside only: the working folder, the script's folder, /tmp, /var/tmp, /dev/shm.
    What lies elsewhere can be read, not written."""
    network: bool
    """The world may be reached. If not, nothing but the box's own loopback is there."""
    processes: bool
    """The box answers for the processes started in it: none outlives it. Costs one more fork."""
    scratch_bytes: int
    """How much it may write. On the namespace level that is memory."""


class BoxUnavailable(RuntimeError):
    """A level that does not work here, with the reason in words a user can act on."""

    def __init__(self, level: Level, reason: str) -> None:
        super().__init__(f"box level {level!r} is not available: {reason}")
        self.level = level
        self.reason = reason
