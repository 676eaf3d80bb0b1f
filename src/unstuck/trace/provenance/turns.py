"""Turns: where the order of the rows is written down anew for each epoch, before batches are cut out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.values import Scope, Step, place_of
from unstuck.trace.provenance.walk import Slice

LOOPS = (ast.For, ast.While)
IN_ORDER = frozenset({"arange", "range", "list", "sorted", "tolist", "copy", "clone", "linspace"})
"""Calls that may stand where a permutation should."""


def turns(slice_: Slice) -> Iterator[Step]:
    """`order = rows`, in the loop over epochs, for `for k in range(0, len(order), size)`: the line that does not shuffle."""
    lines = {(s.place.path, s.place.line) for s in slice_.steps if s.side == "order" or "rows" in s.tags}
    for scope in slice_.scopes:
        for outer, inner in _nested(scope):
            cut = [
                n for n in _cut_by(inner) if (place := place_of(scope.file, n)) and (place.path, place.line) in lines
            ]
            for statement in outer.body:
                if (
                    isinstance(statement, ast.Assign)
                    and _names(statement.targets) & _names(cut)
                    and _is_plain(statement)
                ):
                    yield Step(place_of(scope.file, statement), "draws", statement, frozenset({"turn"}), side="order")


def _nested(scope: Scope) -> Iterator[tuple[ast.For | ast.While, ast.For]]:
    """A loop directly in a loop, of one function or of the module itself."""
    body = scope.block.body if isinstance(scope.block.body, list) else []
    for outer in (node for statement in body for node in ast.walk(statement)):
        if isinstance(outer, LOOPS):
            yield from ((outer, inner) for inner in outer.body if isinstance(inner, ast.For))


def _cut_by(loop: ast.For) -> list[ast.AST]:
    """What a loop goes over, and what is cut into pieces in it."""
    pieces = [n for n in ast.walk(loop) if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Slice)]
    return [loop.iter, *(piece for piece in pieces if isinstance(piece.value, ast.Name))]


def _names(nodes: list[ast.AST] | list[ast.expr]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_plain(statement: ast.Assign) -> bool:
    """Made of names and of numbers in a row; what a function of the user's returns is looked into elsewhere."""
    calls = [n for n in ast.walk(statement.value) if isinstance(n, ast.Call)]
    outer = statement.value if isinstance(statement.value, ast.Call) else None
    return outer is None or all(last_name(call.func) in IN_ORDER | {"len"} for call in calls)
