"""The user's own lines, as they wrote them, with carets under the part that is meant."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

from unstuck.facts import Place
from unstuck.report.characters import cells, clean
from unstuck.report.layout import ALARM, QUIET, Line, clip, line

MOST_BYTES = 4_000_000
"""No more of a file is read than this: nobody writes such a program, and a path may name anything."""


def source_line(place: Place, root: Path | None, encoding: str = "utf-8") -> str:
    """The line at a place, stripped; empty if it cannot be read."""
    return "".join(_shown(text, encoding).strip() for _, text in _around(place, root, context=0))


def excerpt(
    place: Place, root: Path | None, *, width: int, context: int = 1, encoding: str = "utf-8", indent: str = "  "
) -> list[Line]:
    """The lines around a place, numbered, with carets; nothing if the file cannot be read or the line is not there."""
    around = _around(place, root, context=context)
    pointed = dict(around).get(place.line, "")
    if not pointed.strip():
        return []
    gutter = len(str(around[-1][0]))
    room = width - len(indent) - gutter - 3
    start, end = (len(_shown(pointed[:edge], encoding)) for edge in _span(pointed, place.column))
    fits = cells(_shown(pointed, encoding)[:end]) <= room - 3
    cut = 0 if fits or start < room // 3 else start - 12
    lines = []
    for number, text in around:
        shown = _window(_shown(text, encoding), cut, room)
        lines.append(line((f"{indent}{number:>{gutter}} | ", QUIET), shown))
        if number == place.line:
            before = cells(_window(_shown(text, encoding)[:start], cut, room))
            carets = max(1, min(cells(_shown(text, encoding)[start:end]), cells(shown) - before))
            lines.append(line((f"{indent}{'':>{gutter}} | ", QUIET), " " * before, ("^" * carets, ALARM)))
    return lines


def _around(place: Place, root: Path | None, *, context: int) -> list[tuple[int, str]]:
    """The numbered lines near a place: the line itself, and neighbours that are not blank."""
    near = range(max(1, place.line - context), place.line + context + 1)
    numbered = [(number, text) for number, text in enumerate(_lines(place.path, root), start=1) if number in near]
    return [(number, text) for number, text in numbered if text.strip() or number == place.line]


def _lines(path: str, root: Path | None) -> list[str]:
    """The file as Python would split it: a form feed ends no line. Empty if there is nothing to read."""
    if root is None or not path:
        return []
    try:
        file = root / path
        if not file.is_file():
            return []
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES)
    except (OSError, ValueError):
        return []
    return re.split(r"\r\n|\r|\n", content.decode(_encoding_of(content), errors="replace"))


def _encoding_of(content: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except SyntaxError:
        return "utf-8"


def _span(text: str, column: tuple[int, int] | None) -> tuple[int, int]:
    """First and last character to point at. The interpreter counts columns in bytes of UTF-8, and so do we.

    A call that goes on in the next line is pointed at up to the end of this one; an unknown column means the statement.
    """
    code = _without_comment(text).rstrip()
    indentation = len(code) - len(code.lstrip())
    if column is None:
        return indentation, len(code)
    start, end = (len(text.encode(errors="replace")[: max(0, edge)].decode(errors="ignore")) for edge in column)
    if start >= len(code):
        return indentation, len(code)
    return start, end if start < end else len(code)


def _without_comment(text: str) -> str:
    """A line of code without the remark behind it, unless there is nothing else."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text.strip()).readline):
            if token.type == tokenize.COMMENT and token.start[1] > 0:
                return text[: len(text) - len(text.lstrip()) + token.start[1]]
    except (tokenize.TokenError, SyntaxError):
        pass
    return text


def _shown(text: str, encoding: str) -> str:
    """A source line as it is printed. Tabs go first, since they count from the start of the line."""
    return clean(text.expandtabs(4), encoding).replace("\n", " ")


def _window(text: str, cut: int, room: int) -> str:
    """The part of a long line that holds what is pointed at; both cuts show."""
    return clip(f"...{text[cut + 3 :]}" if cut else text, room)
