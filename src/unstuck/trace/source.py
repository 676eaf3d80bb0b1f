"""The user's source, to point at lines: never to accuse."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from unstuck.facts import Place


def maker_of_parameter(place: Place) -> Place:
    """`nn.Parameter(w)`, `w.requires_grad_()`: the line before it in the same function that made `w`."""
    tree = _tree(place.path)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno == place.line] if tree else []
    given = next((name for call in calls if (name := _made_a_parameter(call))), None)
    scopes = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.Module))] if tree and given else []
    inside = [s for s in scopes if isinstance(s, ast.Module) or s.lineno <= place.line <= (s.end_lineno or 0)]
    made = [
        n.lineno for n in (ast.walk(inside[-1]) if inside else ())
        if isinstance(n, ast.Assign) and n.lineno < place.line
        and any(isinstance(t, ast.Name) and t.id == given for t in n.targets)
    ]  # fmt: skip
    return replace(place, line=made[-1], column=None) if made else place


def _made_a_parameter(call: ast.Call) -> str | None:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="requires_grad_")):
            return name
        case ast.Call(func=ast.Attribute(attr="Parameter") | ast.Name(id="Parameter"), args=[ast.Name(id=name), *_]):
            return name
    return None


@lru_cache(maxsize=512)
def _tree(path: str) -> ast.Module | None:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
