"""Call sites of a record as places in the user's files, relative to where the user stands."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from unstuck.facts import Place


def place(site: Sequence[Any] | None, *, object: str = "", step: int | None = None) -> Place:
    """A site `[path, line, column, end column]` of a record as a `Place`; an unknown one names no file."""
    if not site:
        return Place(path="", object=object, step=step)
    path, line, start, end = (*site, -1, -1)[:4]
    column = (int(start), int(end)) if start >= 0 and end > start else None
    return Place(path=shorten(str(path)), line=int(line), column=column, object=object, step=step)


def shorten(path: str) -> str:
    """Relative to the working folder where the file lies in it."""
    relative = os.path.relpath(path) if os.path.isabs(path) else path
    return path if relative.startswith("..") else relative
