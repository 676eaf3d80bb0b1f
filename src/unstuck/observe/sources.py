"""Which line of the user's code did it: the innermost frame that belongs to neither python, torch, a package nor us."""

from __future__ import annotations

import os
import sys
import sysconfig
import types
from typing import NamedTuple

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Site(NamedTuple):
    """One call in the user's code. Columns tell two calls on one line apart (python 3.11 on; else -1)."""

    path: str
    line: int
    column: int = -1
    end_column: int = -1

    def same_call(self, other: Site) -> bool:
        """Whether both are the same call site, as far as this python can tell."""
        return self[:3] == other[:3]


SITE = "_unstuck_site"
"""The attribute of a module that holds where it was constructed: a deep copy takes it along."""

_foreign_roots = tuple(
    {
        os.path.join(path, "")
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
        if (path := sysconfig.get_path(name))
    }
    | {os.path.join(OURS, "")}
)
_is_user: dict[types.CodeType, bool] = {}
_columns: dict[types.CodeType, list[tuple[int | None, int | None, int | None, int | None]]] = {}


def is_user_file(path: str) -> bool:
    """Whether a source file is the user's own: not python's, not an installed package's, not ours, and real."""
    return not (
        path.startswith("<")
        or path.startswith(_foreign_roots)
        or f"{os.sep}site-packages{os.sep}" in path
        or f"{os.sep}dist-packages{os.sep}" in path
    )


def user_frame(frame: types.FrameType | None) -> types.FrameType | None:
    """The innermost frame, from `frame` outward, that runs the user's own code."""
    while frame is not None:
        code = frame.f_code
        known = _is_user.get(code)
        if known is None:
            known = _is_user[code] = is_user_file(code.co_filename)
        if known:
            return frame
        frame = frame.f_back
    return None


def site_of(frame: types.FrameType | None) -> Site | None:
    """The call that `frame` is executing right now."""
    if frame is None:
        return None
    code = frame.f_code
    if sys.version_info >= (3, 11):
        positions = _columns.get(code)
        if positions is None:
            positions = _columns[code] = list(code.co_positions())
        line, end_line, start, end = positions[frame.f_lasti // 2]
        if start is not None and line is not None:
            return Site(code.co_filename, line, start, end if end is not None and end_line == line else -1)
    return Site(code.co_filename, frame.f_lineno)


def here(depth: int = 1) -> Site | None:
    """The user's call that is being executed, seen from `depth` frames above the caller."""
    return site_of(user_frame(sys._getframe(depth + 1)))


def callers(frame: types.FrameType | None, most: int = 6) -> list[Site]:
    """The user's calls that are being executed, from the innermost outward."""
    found: list[Site] = []
    frame = user_frame(frame)
    while frame is not None and len(found) < most:
        if (site := site_of(frame)) is not None:
            found.append(site)
        frame = user_frame(frame.f_back)
    return found


def construction_site(module: object, depth: int = 1) -> Site | None:
    """Where in the user's code an object under construction is being made: outside its own `__init__` chain."""
    frame: types.FrameType | None = sys._getframe(depth + 1)
    while frame is not None and (frame.f_code.co_name == "__init__" and _first_argument(frame) is module):
        frame = frame.f_back
    return site_of(user_frame(frame))


def _first_argument(frame: types.FrameType) -> object:
    names = frame.f_code.co_varnames
    return frame.f_locals.get(names[0]) if names else None
