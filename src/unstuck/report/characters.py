"""What may be printed at all: no control sequence of the user's, and no character that the stream cannot say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from rich.cells import cell_len

T = TypeVar("T")

OURS = {
    "▁": "_",
    "▂": "_",
    "▃": ".",
    "▄": ".",
    "▅": "-",
    "▆": "-",
    "▇": "*",
    "█": "^",
    "×": "x",
    "−": "-",
    "·": "|",
}
"""The characters we draw with, and what stands for each where they are missing: one for one, so that no line moves."""

THEIRS = OURS | {
    "\N{NO-BREAK SPACE}": " ",
    "→": "->",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "–": "-",
    "÷": "/",
    "“": '"',
    "”": '"',
    "’": "'",
}
"""What a text that reaches us may hold besides; it is replaced before any line is laid out, so its length is free."""

_TABLE = {ord(character): stand_in for character, stand_in in OURS.items()}
_LONG_TABLE = {ord(character): stand_in for character, stand_in in THEIRS.items()}

ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, clipboard
    r"|\x1b[ -/]*[0-~]?"  # everything else that starts with escape
)


def clean(text: str, encoding: str = "utf-8") -> str:
    """The text without anything a terminal would obey; newlines and tabs stay, for whoever lays the text out."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_harmless, ESCAPE_SEQUENCE.sub("", text)))
    return text if speaks_unicode(encoding) else _in_words_of(encoding, text)


def cleaned(data: T, encoding: str) -> T:
    """A copy of a whole report with every text in it clean: one funnel, so that no section can forget."""
    copy: T = _cleaned(data, encoding)
    return copy


def speaks_unicode(encoding: str) -> bool:
    """Whether all that we draw with can be written; half of a sparkline would be worse than none."""
    try:
        "".join(OURS).encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def in_ascii(text: str) -> str:
    """Our own line, of the same length, without the characters we draw with."""
    return text.translate(_TABLE)


def cells(text: str) -> int:
    """How many columns the text takes; counted a character at a time, the most that any terminal would need."""
    return len(text) if text.isascii() else sum(map(cell_len, text))


def _cleaned(data: Any, encoding: str) -> Any:
    if isinstance(data, str):
        return clean(data, encoding)
    if isinstance(data, tuple | list):
        return tuple(_cleaned(item, encoding) for item in data)
    if isinstance(data, Mapping):
        return {_cleaned(key, encoding): _cleaned(value, encoding) for key, value in data.items()}
    if is_dataclass(data) and not isinstance(data, type):
        return replace(data, **{each.name: _cleaned(getattr(data, each.name), encoding) for each in fields(data)})
    return data


def _harmless(character: str) -> str:
    """The character, or what is left of it: directions, joiners and controls go, half a surrogate shows itself."""
    if character in "\n\t":
        return character
    if "\ufe00" <= character <= "\ufe0f":  # variation selectors change widths
        return ""
    match unicodedata.category(character):
        case "Cc" | "Cf":
            return ""
        case "Cs":
            return "?"
        case "Zl" | "Zp":
            return " "
        case _:
            return character


def _in_words_of(encoding: str, text: str) -> str:
    """The text in a poorer alphabet; what has no stand-in is escaped as Python itself escapes it on stderr."""
    try:
        return text.translate(_LONG_TABLE).encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return _in_words_of("ascii", text)
