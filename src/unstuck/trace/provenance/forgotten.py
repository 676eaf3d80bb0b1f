"""Scalings that were prepared and not applied: statistics that nobody uses, a tuple of which one part alone is scaled."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unstuck.trace.provenance.definitions import reaching
from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.returns import own_nodes
from unstuck.trace.provenance.values import Scope, Step, place_of
from unstuck.trace.provenance.vocabulary import STATISTICS
from unstuck.trace.provenance.walk import Slice

OF_SCALE = STATISTICS & {"mean", "std", "var", "max", "min", "amax", "amin", "median", "std_mean", "var_mean"}
BUILDS = frozenset({"loader", "dataset", "loop", "streams"})
SCALING = (ast.Div, ast.Sub, ast.Mult)


def forgotten(slice_: Slice) -> Iterator[Step]:
    """The lines where a scaling is missing, as far as the text shows that one was meant."""
    yield from _left_out(slice_)
    used = {(s.place.path, s.place.line) for s in slice_.steps}
    for scope in slice_.scopes:
        for statement in _statements(scope):
            place = place_of(scope.file, statement)
            if (place.path, place.line) not in used and _is_statistic_of(statement, _names(slice_, scope)):
                yield from _after(slice_, Step(place, "scales", statement))


def _left_out(slice_: Slice) -> Iterator[Step]:
    """`train, val = train, (val - mean) / std`: handed on as it was, beside what is scaled by its own statistics."""
    for demand in slice_.values:
        beside = demand.scope.file.parents.get(demand.node)
        if isinstance(demand.node, ast.Name) and isinstance(beside, ast.Tuple):
            assigned = isinstance(demand.scope.file.parents.get(beside), ast.Assign)
            if assigned and any(_is_scaled_by(e, demand.scope, _names(slice_, demand.scope)) for e in beside.elts):
                yield Step(place_of(demand.scope.file, demand.node), "scales", demand.node, frozenset({"forgotten"}))


def _is_scaled_by(node: ast.expr, scope: Scope, names: frozenset[str]) -> bool:
    """Whether an expression is scaled by numbers that were taken from one of these names."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, SCALING)):
        return False
    for name in (n for n in ast.walk(node) if isinstance(n, ast.Name)):
        made = next(reaching(scope.file, name.id, name, scope.block), None)
        if made is not None and any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(made.node)):
            return True
    return False


def _statements(scope: Scope) -> Iterator[ast.Assign]:
    body = scope.block.body if isinstance(scope.block.body, list) else []
    for statement in body:
        yield from (n for n in own_nodes(statement) if isinstance(n, ast.Assign))


def _names(slice_: Slice, scope: Scope) -> frozenset[str]:
    """The names by which the data go in a scope."""
    inside = [d.node for d in slice_.values if d.scope is scope]
    return frozenset(n.id for n in inside if isinstance(n, ast.Name))


def _is_statistic_of(statement: ast.Assign, names: frozenset[str]) -> bool:
    """Whether a statement takes a mean, a spread or a fit of one of these names, and does nothing else."""
    targets = {n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    calls = [n for n in ast.walk(statement.value) if isinstance(n, ast.Call)]
    taken = [c for c in calls if last_name(c.func) in OF_SCALE | {"fit"} and not _picks_one(c)]
    inside = {n.id for c in taken for n in ast.walk(c) if isinstance(n, ast.Name)}
    return bool(inside & names) and not targets & names


def _picks_one(call: ast.Call) -> bool:
    """`max(0.0, x)`: the larger of two, no statistic."""
    return isinstance(call.func, ast.Name) and len(call.args) > 1


def _after(slice_: Slice, statistic: Step) -> Iterator[Step]:
    """The first line on the way of the data after a statistic that it should have used; else the statistic itself."""
    path, line = statistic.place.path, statistic.place.line
    later = [s for s in slice_.way if s.place.path == path and s.place.line > line and not s.tags & BUILDS]
    nearest = min(later, key=lambda s: s.place.line, default=statistic)
    yield Step(nearest.place, "scales", nearest.node, frozenset({"forgotten"}))
