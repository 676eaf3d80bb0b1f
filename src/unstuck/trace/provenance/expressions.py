"""Operators, subscripts, containers and comprehensions: what they do to data, and what their value is made from."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import numbers, rows
from unstuck.trace.provenance.definitions import COMPREHENSIONS, constant_key
from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.values import EACH, Demand, Hop, Kind, Part, Step, place_of
from unstuck.trace.provenance.vocabulary import is_path, kind_of, tags_of

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

MOST_ELEMENTS = 40
SCALING = (ast.Div, ast.FloorDiv, ast.Mult, ast.Sub, ast.Mod)


def step(demand: Demand, kind: Kind, *tags: str, node: ast.AST | None = None, key: Hashable = None) -> Step:
    """An operation of a scope as a step."""
    at = node if node is not None else demand.node
    return Step(place_of(demand.scope.file, at), kind, at, frozenset(tags), key)


def back(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """One hop back from anything but names, attributes and calls."""
    node, part = demand.node, demand.part
    if isinstance(node, ast.Subscript):
        yield from _subscript(world, demand)
    elif isinstance(node, ast.BinOp):
        yield from _operator(world, demand, node)
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        yield from _elements(demand, node.elts)
    elif isinstance(node, ast.Dict):
        yield from _entries(demand, node)
    elif isinstance(node, COMPREHENSIONS):
        yield from _comprehension(demand, node)
    elif isinstance(node, ast.IfExp):
        yield Hop(demand.of(node.body), same=True)
        yield Hop(demand.of(node.orelse), same=True)
        yield Hop(demand.of(node.test, ()), side="aside", far=8)
    elif isinstance(node, (ast.NamedExpr, ast.Starred, ast.Await, ast.YieldFrom)):
        yield Hop(demand.of(node.value), same=True)
    elif isinstance(node, ast.UnaryOp):
        yield Hop(demand.of(node.operand))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield Hop(demand.of(value), same=True)
    elif isinstance(node, ast.Compare):
        yield Hop(demand.of(node.left))
        for value in node.comparators:
            yield Hop(demand.of(value, ()), side="aside", far=6)
    elif isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper, node.step):
            if bound is not None and not isinstance(bound, ast.Constant):
                yield Hop(demand.of(bound, part[:0]))


# -- operators -------------------------------------------------------------------------------------------------------------


def _operator(world: World, demand: Demand, node: ast.BinOp) -> Iterator[Hop | Step]:
    left, right = demand.of(node.left), demand.of(node.right)
    if is_path(node.left) or is_path(node.right):
        yield Hop(left, side="aside")
        yield Hop(right, side="aside")
        return
    data, other = (right, left) if numbers.literal(world, left) else (left, right)
    yield from _scaling(world, demand, node.op, demand.of(other.node, ()), divided=other is right)
    yield Hop(data)
    joins = isinstance(node.op, (ast.Add, ast.MatMult, ast.BitAnd, ast.BitOr))
    if not isinstance(other.node, ast.Constant):
        yield Hop(other, side="value" if joins else "aside", far=3 if joins else 8, branch=joins)


def _scaling(world: World, demand: Demand, op: ast.operator, other: Demand, *, divided: bool) -> Iterator[Step]:
    """The steps of a division, multiplication, subtraction or power, and where its numbers are written."""
    if isinstance(op, ast.Pow):
        yield step(demand, "other", *(["risky"] if _is_odd_power(other.node) else []))
    if not isinstance(op, SCALING):
        return
    yield from numbers.written_elsewhere(world, demand, other)
    fixed = numbers.literal(world, other)
    tags = ["statistic"] if not fixed and numbers.is_statistic(world, other) else []
    if isinstance(op, (ast.Div, ast.FloorDiv, ast.Mod)) and (not fixed or not divided):
        tags.append("risky")
    yield step(demand, "scales", *tags)
    yield from numbers.named(world, demand, other)


def _is_odd_power(node: ast.AST) -> bool:
    return not (isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value >= 0)


def touched(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """An operation in place: `x /= 255`, `x.div_(255)`, `random.shuffle(x)`. What it is done to is found by the caller."""
    node = demand.node
    if isinstance(node, ast.BinOp):
        yield step(demand, "scales", "lost")
        return
    if isinstance(node, ast.AugAssign):
        yield from _scaling(world, demand, node.op, demand.of(node.value, ()), divided=True)
        joins = isinstance(node.op, ast.Add)
        yield Hop(demand.of(node.value), side="value" if joins else "aside", far=3 if joins else 8)
        return
    assert isinstance(node, ast.Call)
    name = last_name(node.func)
    kind = kind_of(name) if kind_of(name) != "other" else kind_of(name.rstrip("_"))
    tags = tags_of(node, name) | tags_of(node, name.rstrip("_"))
    if name in ("sort", "reverse", "shuffle"):
        kind, tags = "selects", tags | {"rows"}
    elif not name.endswith("_") and not any(k.arg == "out" for k in node.keywords):
        tags = tags | {"lost"}
    yield step(demand, kind, *tags, key=rows.of_call(world, node, demand.scope) if "rows" in tags else None)
    for argument in node.args:
        yield Hop(demand.of(argument, ()), side="aside", far=8)


# -- subscripts ------------------------------------------------------------------------------------------------------------


def _subscript(world: World, demand: Demand) -> Iterator[Hop | Step]:
    node, part = demand.node, demand.part
    assert isinstance(node, ast.Subscript)
    key = constant_key(node.slice)
    if key != EACH:
        yield step(demand, "selects")
        yield Hop(demand.of(node.value, (key, *part)), same=True)
    elif isinstance(node.slice, ast.Tuple):
        yield from _by_columns(world, demand, node, node.slice.elts)
    elif _is_everything(node.slice):
        yield Hop(demand.of(node.value), same=True)
    elif isinstance(node.slice, ast.Slice):
        yield from _by_rows(world, demand, node, node.slice, part)
    else:
        yield from _by_index(world, demand, node)


def _by_index(world: World, demand: Demand, node: ast.Subscript) -> Iterator[Hop | Step]:
    """`x[i]`, `x[rows]`, `x[mask]`, and a user's own `__getitem__`."""
    own = list(world.indexed(demand, node))
    if own:
        yield from own
        return
    inner = demand.part if demand.part[:1] == (EACH,) else (EACH, *demand.part)
    if _is_table(world, demand.of(node.value, ())):
        yield step(demand, "converts", "lookup")
        yield Hop(demand.of(node.slice))
        yield Hop(demand.of(node.value, inner), far=4)
        return
    yield from _by_rows(world, demand, node, node.slice, inner)


def _is_table(world: World, base: Demand) -> bool:
    """Whether something is a dict that was computed, a vocabulary: what is looked up in it are the data."""
    return any(
        isinstance(at.node, ast.DictComp)
        or (isinstance(at.node, ast.Call) and last_name(at.node.func) in ("dict", "defaultdict", "Counter", "Vocab"))
        for at in world.sources(base, 12)
    )


def _by_rows(world: World, demand: Demand, node: ast.Subscript, index: ast.expr, part: Part) -> Iterator[Hop | Step]:
    random = ["random"] if rows.is_drawn(world, index, demand.scope) else []
    yield step(demand, "selects", "rows", *random, key=rows.key_of(world, index, demand.scope))
    yield Hop(demand.of(node.value, part), same=not isinstance(index, ast.Slice) or bool(part))
    yield Hop(demand.of(index, ()), side="order", far=2)


def _by_columns(world: World, demand: Demand, node: ast.Subscript, index: list[ast.expr]) -> Iterator[Hop | Step]:
    """`x[rows, 1]`, `x[:, 0]`, `x[:, None]`."""
    if not index or all(_is_everything(i) for i in index):
        yield Hop(demand.of(node.value))
        return
    first, column = index[0], constant_key(index[1]) if len(index) > 1 else EACH
    part = (EACH, column) if len(index) == 2 and column != EACH and not demand.part else demand.part
    if _is_everything(first) or constant_key(first) != EACH:
        yield step(demand, "selects")
        yield Hop(demand.of(node.value, part))
        for beside in index[1:]:
            yield Hop(demand.of(beside, ()), side="order", far=3)
        return
    yield from _by_rows(world, demand, node, first, part)


def _is_everything(index: ast.expr) -> bool:
    if isinstance(index, ast.Slice):
        return index.lower is None and index.upper is None and index.step is None
    return isinstance(index, ast.Constant) and index.value in (None, ...)


# -- containers ------------------------------------------------------------------------------------------------------------


def _elements(demand: Demand, elements: list[ast.expr]) -> Iterator[Hop]:
    part = demand.part
    chosen = [e for e in elements if not isinstance(e, ast.Constant)][:MOST_ELEMENTS]
    if part and isinstance(part[0], int) and not any(isinstance(e, ast.Starred) for e in elements):
        chosen = elements[part[0] : part[0] + 1] if part[0] >= 0 else elements[part[0] :][:1]
    elif part[:1] == (EACH,):
        chosen.reverse()  # of transforms in a list the last is the nearest to the use
    for far, element in enumerate(chosen, 1):
        inner = part if isinstance(element, ast.Starred) else part[1:]
        yield Hop(demand.of(element, inner), same=True, far=min(far, 4), branch=len(chosen) > 1)


def _entries(demand: Demand, node: ast.Dict) -> Iterator[Hop]:
    part = demand.part
    for key, value in list(zip(node.keys, node.values, strict=True))[:MOST_ELEMENTS]:
        if key is None:
            yield Hop(demand.of(value), same=True)
        elif not part or part[0] == EACH or constant_key(key) in (EACH, part[0]):
            yield Hop(demand.of(value, part[1:]), same=True)


def _comprehension(demand: Demand, node: ast.expr) -> Iterator[Hop | Step]:
    assert isinstance(node, COMPREHENSIONS)
    for condition in (c for g in node.generators for c in g.ifs):
        yield step(demand, "selects", "rows", node=condition, key=(id(node), id(demand.scope)))
    element = node.value if isinstance(node, ast.DictComp) else node.elt
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)) and demand.part and isinstance(demand.part[0], int):
        element = demand.scope.file.nth(node, demand.part[0]) or element
    yield Hop(demand.of(element, demand.part[1:]), same=True)
    for generator in node.generators:
        for condition in generator.ifs:
            yield Hop(demand.of(condition, ()), side="aside", far=8)
