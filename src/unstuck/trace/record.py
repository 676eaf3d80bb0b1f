"""What the probes left, before it is read: plain data that was saved as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]
"""One part of a record: what a probe wrote, or an entry of it."""
