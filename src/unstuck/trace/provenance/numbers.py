"""The numbers of a scaling: whether they are fixed in the text, and where they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance.files import dotted, last_name
from unstuck.trace.provenance.values import Demand, Hop, Step, place_of
from unstuck.trace.provenance.vocabulary import STATISTICS

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

DEEPEST = 8


def literal(world: World, demand: Demand, depth: int = 0) -> bool:
    """Whether a value is made of numbers in the text alone."""
    node = demand.node
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, (str, bytes))
    if depth > DEEPEST:
        return False
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return all(_is_number(world, demand, e, depth) for e in node.elts[:40])
    if isinstance(node, ast.Dict):
        return all(_is_number(world, demand, v, depth) for v in node.values[:40])
    if isinstance(node, ast.Name):
        return _of_name(world, demand, depth)
    if isinstance(node, ast.Attribute) and dotted(node).split(".")[0] in demand.scope.file.modules:
        return last_name(node) in ("pi", "e", "inf", "nan", "euler_gamma")
    if isinstance(node, ast.Attribute):
        return _of_name(world, demand, depth) or _is_number(world, demand, node.value, depth)
    if isinstance(node, ast.Call):
        return _of_call(world, demand, node, depth)
    parts = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    operator = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Starred))
    return operator and all(_is_number(world, demand, p, depth) for p in parts if not isinstance(p, ast.Slice))


def _is_number(world: World, demand: Demand, node: ast.expr, depth: int) -> bool:
    return literal(world, demand.of(node, ()), depth + 1)


def _of_name(world: World, demand: Demand, depth: int) -> bool:
    """A name is fixed if all its values are."""
    if ("literal", demand) in world.busy:
        return False
    world.busy.add(("literal", demand))
    try:
        hops = [h for h in world.hops(demand) if isinstance(h, Hop) and h.same]
        return bool(hops) and all(literal(world, h.demand, depth + 1) for h in hops)
    finally:
        world.busy.discard(("literal", demand))


def _of_call(world: World, demand: Demand, node: ast.Call, depth: int) -> bool:
    """`torch.tensor([0.5]).view(3, 1, 1)`: numbers in another form; a call that draws or reads is none."""
    if last_name(node.func) not in ("tensor", "array", "asarray", "view", "reshape", "list", "values", "tuple", "float", "int",
                                    "as_tensor", "to", "astype", "unsqueeze", "sqrt", "FloatTensor"):  # fmt: skip
        return False
    of = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    of = [n for n in of if dotted(n).split(".")[0] not in demand.scope.file.modules]
    return all(_is_number(world, demand, n, depth) for n in [*of, *node.args]) and bool(of or node.args)


def is_statistic(world: World, demand: Demand) -> bool:
    """Whether a value is a mean, a spread or the like of data."""
    waiting, seen = [demand], {demand}
    while waiting and len(seen) < 30:
        at = waiting.pop(0)
        if any(isinstance(n, ast.Call) and last_name(n.func) in STATISTICS for n in ast.walk(at.node)):
            return True
        inside = [
            at.of(n, ()) for n in ast.walk(at.node) if isinstance(n, (ast.Name, ast.Attribute)) and n is not at.node
        ]
        handed = [h.demand for h in world.hops(at) if isinstance(h, Hop) and h.same]
        for following in (*handed, *inside[:6]):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def written_elsewhere(world: World, demand: Demand, other: Demand) -> Iterator[Step]:
    """A scaling whose numbers come in as arguments: the line where they are written is what is wrong or right."""
    found = _handed(world, other)
    if found is not None:
        yield from _number(demand, found, "number")


def named(world: World, demand: Demand, other: Demand) -> Iterator[Step]:
    """A scaling by a constant that has a name: the line where the name gets its number."""
    if literal(world, other) and _handed(world, other) is None:
        ends = [at for at in world.sources(other) if at.node is not other.node and not isinstance(at.node, ast.Name)]
        for end in ends[:1]:
            yield from _number(demand, end, "constant")


def _handed(world: World, other: Demand) -> Demand | None:
    if not literal(world, other):
        return None
    return next((at for at in world.sources(other) if at.node is not other.node and _is_handed_over(at)), None)


def _number(demand: Demand, found: Demand, tag: str) -> Iterator[Step]:
    here, place = place_of(demand.scope.file, demand.node), place_of(found.scope.file, found.node)
    if (place.path, place.line) != (here.path, here.line):
        yield Step(place, "scales", found.node, frozenset({tag}))


def _is_handed_over(demand: Demand) -> bool:
    """Whether an expression is an argument of a call, or a default."""
    parent = demand.scope.file.parents.get(demand.node)
    if isinstance(parent, ast.keyword):
        return True
    return isinstance(parent, ast.arguments) or (isinstance(parent, ast.Call) and demand.node in parent.args)
