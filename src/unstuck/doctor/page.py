"""How the checks are printed."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence

from unstuck.doctor.probes import Check, State

WIDTH = 80

_MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "broken": "✗"}
_ASCII_MARKS: dict[State, str] = {"ok": "+", "warning": "!", "broken": "x"}


def render(checks: Sequence[Check], *, ascii_only: bool | None = None) -> str:
    """The page as plain text within 80 columns, one line for what is in order.

    Args:
        checks: what `examine` found.
        ascii_only: whether to keep to ASCII; None looks at what the standard output can encode.
    """
    ascii_only = not speaks_unicode() if ascii_only is None else ascii_only
    marks = _ASCII_MARKS if ascii_only else _MARKS
    indent = 2 + max((len(check.name) for check in checks), default=0) + 2
    lines = [line for check in checks for line in _entry(check, marks[check.state], indent)]
    text = "\n".join([*lines, "", _counts(checks)])
    return text.encode("ascii", "replace").decode("ascii") if ascii_only else text


def _entry(check: Check, mark: str, indent: int) -> Iterator[str]:
    """What was found, after the state in words; where something can be done, also what was wanted and what to do."""
    yield from _wrapped(f"{mark} {check.name}".ljust(indent), f"{check.state}: {check.found}", indent)
    if check.remedy:
        yield from _wrapped(" " * indent, f"wanted: {check.wanted}", indent)
        yield from _wrapped(" " * indent, f"to do: {check.remedy}", indent)


def _wrapped(start: str, text: str, indent: int) -> list[str]:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return textwrap.wrap(
        plain, WIDTH, initial_indent=start, subsequent_indent=" " * (indent + 2), break_on_hyphens=False
    )


def _counts(checks: Sequence[Check]) -> str:
    states = [check.state for check in checks]
    words = {"ok": "ok", "warning": "with a warning", "broken": "broken"}
    parts = [f"{states.count(state)} {words[state]}" for state in _MARKS if state in states]
    return f"{len(checks)} checks: {', '.join(parts) or 'none'}"


def speaks_unicode() -> bool:
    """Whether the standard output can take the marks; none at all counts as yes, for a page that goes elsewhere."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        "✓✗×".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
