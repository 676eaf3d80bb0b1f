"""The user's source, to point at lines: never to accuse."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from unstuck.facts import Place


def at_argument(place: Place, names: tuple[str, ...]) -> Place:
    """The place of the argument that is meant, where a call is spread over several lines: `dropout=0.8,` of a layer."""
    tree = _tree(place.path)
    if tree is None or not names or not place.line:
        return place
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.lineno <= place.line <= (node.end_lineno or node.lineno)
    ]
    for call in sorted(calls, key=lambda c: (c.end_lineno or c.lineno) - c.lineno):
        for keyword in call.keywords:
            if keyword.arg in names:
                value = keyword.value
                end = value.end_col_offset if value.end_lineno == keyword.lineno else None
                column = (keyword.col_offset, end) if end else None
                return replace(place, line=keyword.lineno, column=column)
    return place


@lru_cache(maxsize=64)
def _tree(path: str) -> ast.Module | None:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
