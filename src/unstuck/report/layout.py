"""Lines: how prose is wrapped, clipped, given its left word and coloured. Nothing here knows what a finding is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from unstuck.report.characters import cells

Line = Text
"""One line of output: its characters, and which of them have a colour. Never interpreted as markup."""

ALARM, DOUBT, SOUND, QUIET, WORD = "bold red", "bold yellow", "bold green", "dim", "bold cyan"
LEFT = 9
"""The column in which the text beside a left word starts."""
NO_BREAK = "\N{NO-BREAK SPACE}"
BREAKS = re.compile(r"[ \t\n]+")


def line(*parts: str | tuple[str, str]) -> Line:
    """One line out of plain parts and (part, style) pairs."""
    return Text.assemble(*parts)


def wrap(text: str, width: int, *, first: str = "", rest: str = "", most: int | None = None) -> list[str]:
    """Prose in lines no wider than `width`, the first and the other lines with a prefix of their own.

    With `most`, what does not fit is cut, and the cut shows.
    """
    lines, current, empty = [], first, True
    for word in BREAKS.split(text.strip(" \t\n")):
        for piece in _pieces(word, width - max(cells(first), cells(rest))):
            if not empty and cells(current) + 1 + cells(piece) > width:
                lines.append(current)
                current, empty = rest, True
            current += piece if empty else f" {piece}"
            empty = False
    lines.append(current)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], clip(f"{lines[most - 1]} ...{NO_BREAK * width}", width).rstrip()]
    return [each.replace(NO_BREAK, " ").rstrip() for each in lines]


def clip(text: str, width: int) -> str:
    """The text cut to `width` columns; a cut shows."""
    if cells(text) <= width:
        return text
    return f"{_head(text, width - 3)}..."[:width]


def clip_left(text: str, width: int) -> str:
    """The same from the other end: of a long path, the file matters most."""
    return clip(text[::-1], width)[::-1]


def labelled(word: str, text: str, width: int, *, most: int | None = None) -> list[Line]:
    """Prose beside one of the fixed left words; without a word, under it."""
    lines = wrap(text, width, first=beside(word), rest=" " * LEFT, most=most)
    return [line((lines[0][:LEFT], WORD if word else ""), lines[0][LEFT:]), *map(line, lines[1:])]


def beside(word: str) -> str:
    """A left word with the room to its right."""
    return f"  {word}".ljust(LEFT)


def headed(head: str, style: str, text: str, width: int, *, indent: int = 2, most: int | None = None) -> list[Line]:
    """Prose that starts with a coloured head: `confirmed`, `healthy`, `next:`."""
    lines = list(map(line, wrap(f"{head.replace(' ', NO_BREAK)}{text}", width, rest=" " * indent, most=most)))
    lines[0].stylize(style, 0, len(head))
    return lines


def listing(head: str, items: Sequence[str], width: int, *, most: int) -> list[Line]:
    """`head: one · two · three`, as many as fit into `most` lines; how many are left out is said."""
    items = [clip(item, width * (most - 1) - cells(head) - 16) for item in items]
    shown = wrapped = list(_listed(head, items, 1, width))
    for count in range(2, len(items) + 1):
        wrapped = _listed(head, items, count, width)
        if len(wrapped) > most and count < len(items):
            break
        shown = wrapped if len(wrapped) <= most else shown
    lines = list(map(line, shown))
    lines[0].stylize("bold", 0, len(head) + 1)
    return lines


def paint(lines: Iterable[Line], *, width: int, color: bool) -> str:
    """The lines as one text, with colours or without: the same characters either way."""
    if not color:
        return "".join(f"{each.plain.rstrip()}\n" for each in lines)
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        no_color=False,
        color_system="standard",
        width=width,
        legacy_windows=False,
    )
    with console.capture() as capture:
        for each in lines:
            each.rstrip()
            console.print(each, no_wrap=True, overflow="ignore", crop=False, highlight=False, markup=False, emoji=False)
    return capture.get()


def _listed(head: str, items: Sequence[str], count: int, width: int) -> list[str]:
    hidden = len(items) - count
    more = [f"and{NO_BREAK}{hidden}{NO_BREAK}more"] if hidden else []
    return wrap(f"{head}: {' · '.join([*items[:count], *more])}", width, rest="  ")


def _head(text: str, width: int) -> str:
    """As many leading characters as fit."""
    kept, used = [], 0
    for character in text:
        used += cells(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept)


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word in pieces that fit a line: nearly always the word itself."""
    while cells(word) > width:
        piece = _head(word, width) or word[0]
        yield piece
        word = word[len(piece) :]
    yield word
