"""Calls of libraries, and objects of libraries that are called: where the data go in, what is done to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import numbers, rows
from unstuck.trace.provenance.arguments import data_of, others_of
from unstuck.trace.provenance.expressions import step
from unstuck.trace.provenance.files import dotted, last_name
from unstuck.trace.provenance.special import DATASETS, SPECIAL, library_dataset, loader
from unstuck.trace.provenance.values import EACH, Demand, Hop, Library, Step, place_of
from unstuck.trace.provenance.vocabulary import (
    FROM_NOTHING,
    SAME,
    STATISTICS,
    kind_of,
    tags_of,
)

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

COMPOSED = frozenset({"Compose", "Sequential", "ModuleList", "Pipeline", "RandomApply"})
TURNED = frozenset(
    {
        "view",
        "reshape",
        "transpose",
        "permute",
        "swapaxes",
        "moveaxis",
        "rearrange",
        "t",
        "ravel",
        "unflatten",
        "expand",
    }
)
ROWS_OF_ALL = frozenset({"SequentialSampler", "RandomSampler", "DistributedSampler"})
HANDLES = frozenset(
    {"loads", "reader", "DictReader", "StringIO", "BytesIO", "safe_load", "frombuffer", "read", "readlines", "readline"}
)
"""What reads from something that was opened or read before, not from a path."""


def back(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """One hop back from the result of a library call."""
    assert isinstance(demand.node, ast.Call)
    yield from named(world, demand, last_name(demand.node.func))


def named(world: World, demand: Demand, name: str) -> Iterator[Hop | Step]:
    """The same for a call that counts as a call of `name`."""
    node = demand.node
    assert isinstance(node, ast.Call)
    special = SPECIAL.get(name) or (loader if name.endswith("DataLoader") else None)
    found = list(special(world, demand, node)) if special is not None else []
    if found:
        yield from found
    elif name in SAME:
        data = data_of(demand, node, name)
        moved = name in ("sorted", "reversed")
        if moved:
            yield step(demand, "selects", "rows", key=rows.of_call(world, node, demand.scope))
        else:
            yield step(demand, "other")
        if data is not None:
            yield Hop(demand.of(data), same=True)
        yield from (Hop(demand.of(a)) for a in node.args[1:] if name == "chain")
    else:
        yield from _any(world, demand, node, name)


def _any(world: World, demand: Demand, node: ast.Call, name: str) -> Iterator[Hop | Step]:
    """A call that we know no more of than its name."""
    kind, tags = kind_of(name), set(tags_of(node, name))
    if demand.part and (name.endswith(DATASETS) or ("bundled" in tags and node.keywords)):
        yield from library_dataset(world, demand, node, tags)
        return
    data = data_of(demand, node, name)
    if name == "transform" and any(
        isinstance(o, Library) and kind_of(o.name) == "scales"
        for o in world.objects(demand.of(data_of(demand, node, "") or node.func, ()))
    ):
        kind, tags = "scales", tags | {"statistic"}
    if kind == "scales":
        others = [a for a in node.args if a is not data]
        for other in others:
            yield from numbers.written_elsewhere(world, demand, demand.of(other, ()))
        if any(numbers.is_statistic(world, demand.of(a, ())) for a in others):
            tags.add("statistic")
        if "risky" in tags and others and all(numbers.literal(world, demand.of(a, ())) for a in others):
            tags.discard("risky")
    if "rows" in tags and rows.of_one_item(demand.scope):
        tags -= {"rows"}
    key = rows.of_call(world, node, demand.scope) if "rows" in tags else None
    if kind != "other" or tags or name not in TURNED | STATISTICS:
        yield step(demand, kind, *tags, key=key)
    if name in FROM_NOTHING or data is None or name in ROWS_OF_ALL:
        return
    if kind == "reads":
        yield from _read(world, demand, node, name, data)
        return
    yield Hop(demand.of(data, () if name in TURNED else demand.part))
    for other in others_of(node, data):
        yield Hop(demand.of(other, ()), side="value" if kind == "other" and name not in STATISTICS else "aside", far=6)


def _read(world: World, demand: Demand, node: ast.Call, name: str, data: ast.expr) -> Iterator[Hop]:
    """What was opened before is on the way of the data; a path is not."""
    base = dotted(node.func).rpartition(".")[0]
    handle = name in HANDLES or base in ("json", "pickle", "yaml", "tomllib", "csv") or isinstance(data, ast.Call)
    receiver = isinstance(node.func, ast.Attribute) and data is node.func.value
    yield Hop(
        demand.of(data, ()),
        side="value" if handle or (receiver and name != "open") else "aside",
        far=1 if handle else 4,
    )


# -- objects of libraries that are called ----------------------------------------------------------------------------------


def applied(
    world: World, thing: Library, arguments: tuple[Demand, ...], demand: Demand, depth: int
) -> Iterator[Hop | Step]:
    """A transform, a scaler, a composition of them, applied to data: its line is where it was made."""
    call = thing.call
    if call is None:
        return
    if thing.name in COMPOSED:
        for part in _parts(Demand(call, thing.scope)):
            for known in world.objects(part)[:12]:
                yield from world.applied(known, arguments, demand, depth + 1)
    elif thing.name == "Lambda" and call.args:
        for known in world.objects(Demand(call.args[0], thing.scope)):
            yield from world.applied(known, arguments, demand, depth + 1)
    else:
        kind, tags = kind_of(thing.name), tags_of(call, thing.name)
        yield Step(place_of(thing.scope.file, call), kind, call, tags - {"wraps"} if kind == "other" else tags)
        if kind == "scales":
            for value in call.args:
                yield from numbers.written_elsewhere(world, Demand(call, thing.scope), Demand(value, thing.scope))
    for handed in arguments[:2]:
        yield Hop(Demand(handed.node, handed.scope, (*handed.part, *demand.part)))


def _parts(demand: Demand) -> list[Demand]:
    """What a composition is made of, from the last to the first that is applied."""
    call = demand.node
    assert isinstance(call, ast.Call)
    listed = call.args[0] if len(call.args) == 1 and isinstance(call.args[0], (ast.List, ast.Tuple)) else None
    elements = listed.elts if listed is not None else call.args
    return [
        Demand(e.value if isinstance(e, ast.Starred) else e, demand.scope, (EACH,) if _is_many(e, listed) else ())
        for e in reversed(elements)
    ]


def _is_many(element: ast.expr, listed: ast.expr | None) -> bool:
    return isinstance(element, ast.Starred) or (listed is None and isinstance(element, (ast.Name, ast.Attribute)))
