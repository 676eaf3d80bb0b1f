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


def handed_over(place: Place, callers: tuple[Place, ...]) -> Place:
    """Where what meets at a place comes together: the call that hands both over, if the function there only takes them."""
    for caller in callers:
        if not _takes_all(place):
            return place
        place = caller
    return place


def _takes_all(place: Place) -> bool:
    """Whether all that the expression at a place works on are arguments of its function: `(guess - wanted).abs()`."""
    tree = _tree(place.path)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)] if tree else []
    around = [f for f in functions if f.lineno <= place.line <= (f.end_lineno or 0)]
    if not around:
        return False
    function = max(around, key=lambda f: f.lineno)
    taken = function.args
    given = {a.arg for a in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)} - {"self", "cls"}
    used: set[str] = set()
    for node in _expression(function, place):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in given or name == "self":
                return False  # a model that is handed over and called
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
    return len(used & given) > 1 and not used & _set_in(function)


def _expression(function: ast.FunctionDef, place: Place) -> list[ast.AST]:
    """All nodes of the expression at a place; without columns, of all statements on the line."""
    on_line = [n for n in ast.walk(function) if isinstance(n, ast.expr) and n.lineno == place.line]
    exact = [n for n in on_line if (n.col_offset, n.end_col_offset) == place.column]
    return [n for e in (exact or on_line) for n in ast.walk(e)]


def _set_in(function: ast.FunctionDef) -> set[str]:
    """Names that a function gives values itself."""
    return {"self"} | {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _tree(path: str) -> ast.Module | None:
    return _parsed(Path(path).resolve())


@lru_cache(maxsize=512)
def _parsed(path: Path) -> ast.Module | None:
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
