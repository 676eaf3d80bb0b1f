"""Which rows are picked: two selections with equal keys pick the same rows, as far as the text tells."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from typing import TYPE_CHECKING

from unstuck.trace.provenance.definitions import reaching
from unstuck.trace.provenance.files import last_name, parameters
from unstuck.trace.provenance.values import Scope
from unstuck.trace.provenance.vocabulary import RANDOM, SEEDERS, SEEDS, is_random

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

DEEPEST = 6
BY_VALUE = frozenset(
    {"sort", "sorted", "argsort", "unique", "sort_values", "nlargest", "nsmallest", "lexsort", "filter"}
)
"""What picks rows by the values of the very thing: never the same for two things."""


def key_of(world: World, index: ast.AST, scope: Scope, depth: int = 0) -> Hashable:
    """The identity of an index: its form, with each name replaced by what defines it."""
    if isinstance(index, ast.Name):
        return _of_name(world, index, scope, depth)
    if isinstance(index, ast.Constant):
        return repr(index.value)
    if isinstance(index, ast.Call) and last_name(index.func) in RANDOM and not _is_seeded(index, scope):
        return ("drawn", id(index), id(scope))
    if depth > DEEPEST:
        return ast.dump(index)
    children = [
        key_of(world, c, scope, depth + 1)
        for c in ast.iter_child_nodes(index)
        if isinstance(c, (ast.expr, ast.keyword))
    ]
    return (type(index).__name__, getattr(index, "attr", ""), getattr(index, "arg", ""), *children)


def _of_name(world: World, name: ast.Name, scope: Scope, depth: int) -> Hashable:
    use: ast.AST | None = name
    at: Scope | None = scope
    while at is not None:
        found = next(reaching(at.file, name.id, use, at.block), None)
        if found is not None:
            if isinstance(found.node, ast.Name) and found.node is not name and depth <= DEEPEST:
                return (_of_other_name(world, found.node, at, depth + 1), found.part)
            drawn = isinstance(found.node, ast.AST) and _is_drawn(found.node, at, 0)
            return ("defined", id(found.node), found.part, id(at) if drawn else 0)
        if name.id in parameters(at.block):
            handed = at.bound.get(name.id, ())
            if len(handed) == 1 and depth <= DEEPEST:
                return (key_of(world, handed[0].node, handed[0].scope, depth + 1), handed[0].part)
            return ("parameter", id(at.block), name.id)
        use, at = None, at.outer
    return ("name", name.id)


def _of_other_name(world: World, name: ast.Name, scope: Scope, depth: int) -> Hashable:
    """`for r in rows`, `order = rows`: what the other name is here, not what callers hand over."""
    if next(reaching(scope.file, name.id, name, scope.block), None) is None and name.id in parameters(scope.block):
        return ("parameter", id(scope.block), name.id)
    return key_of(world, name, scope, depth)


def is_drawn(world: World, index: ast.AST, scope: Scope) -> bool:
    """Whether an index is drawn at random, in itself or by the names in it."""
    return _is_drawn(index, scope, 0)


def _is_drawn(node: ast.AST, scope: Scope, depth: int) -> bool:
    if any(isinstance(n, ast.Call) and is_random(n) and not _is_seeded(n, scope) for n in ast.walk(node)):
        return True
    if depth > 3:
        return False
    for name in [n for n in ast.walk(node) if isinstance(n, ast.Name)][:8]:
        found = next(reaching(scope.file, name.id, name, scope.block), None)
        if found is not None and found.node is not node and _is_drawn(found.node, scope, depth + 1):
            return True
    return False


def _is_seeded(call: ast.Call, scope: Scope) -> bool:
    """Whether a call draws the same each time: a seed among its arguments, or a generator that is made beside it."""
    if any(k.arg in SEEDS for k in call.keywords):
        return True
    source = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(source, ast.Name):
        return isinstance(source, ast.Call) and last_name(source.func) in SEEDERS
    found = next(reaching(scope.file, source.id, source, scope.block), None)
    made = found.node if found is not None else None
    inside = not isinstance(scope.block, ast.Module)
    return inside and isinstance(made, ast.Call) and last_name(made.func) in SEEDERS and bool(made.args)


def of_one_item(scope: Scope) -> bool:
    """Whether a function works on one item of a data set: what it flips or sorts there are no rows."""
    at: Scope | None = scope
    while at is not None:
        if getattr(at.block, "name", "") == "__getitem__":
            return True
        at = at.caller
    return False


def of_call(world: World, call: ast.Call, scope: Scope) -> Hashable:
    """The identity of the rows that a call (`shuffle`, `sorted`, `flip`, …) picks or puts in order."""
    name = last_name(call.func)
    seeds = tuple((k.arg, ast.dump(k.value)) for k in call.keywords if k.arg in SEEDS)
    if seeds:
        return ("seeded", name, *seeds)
    if name in BY_VALUE or name in RANDOM:
        return (_seed_before(call, scope) or id(call), id(scope) if not _seed_before(call, scope) else name)
    others = call.args if isinstance(call.func, ast.Attribute) and len(call.args) < 2 else call.args[1:]
    return (name, *(key_of(world, a, scope) for a in (*others, *call.keywords)))


def _seed_before(call: ast.Call, scope: Scope) -> Hashable:
    """`random.seed(0); random.shuffle(a)`: the seed that is set in the statement before."""
    statement = scope.file.parents.get(call)
    while statement is not None and not isinstance(statement, ast.stmt):
        statement = scope.file.parents.get(statement)
    parent = scope.file.parents.get(statement) if statement is not None else None
    block = getattr(parent, "body", None)
    if not isinstance(block, list) or statement not in block or not block.index(statement):
        return None
    before = block[block.index(statement) - 1]
    if isinstance(before, ast.Expr) and isinstance(before.value, ast.Call) and last_name(before.value.func) in SEEDERS:
        return ast.dump(before.value)
    return None
