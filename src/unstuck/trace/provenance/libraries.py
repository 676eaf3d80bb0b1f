"""Calls of libraries: where the data go in, and which element of an argument an element of the result is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import numbers, rows
from unstuck.trace.provenance.arguments import argument
from unstuck.trace.provenance.expressions import step
from unstuck.trace.provenance.files import dotted, last_name
from unstuck.trace.provenance.library import (
    DATA_WORDS,
    FROM_NOTHING,
    OF_ELEMENTS,
    SAME,
    STATISTICS,
    TAKES_DATA,
    kind_of,
    tags_of,
)
from unstuck.trace.provenance.values import EACH, Demand, Hop, Instance, Library, Object, Part, Step, place_of

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
DATASETS = ("Dataset", "Folder", "FakeData")
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
    special = SPECIAL.get(name) or (_loader if name.endswith("DataLoader") else None)
    found = list(special(world, demand, node)) if special is not None else []
    if found:
        yield from found
    elif name in SAME:
        data = _data(demand, node, name)
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
        yield from _library_dataset(world, demand, node, tags)
        return
    data = _data(demand, node, name)
    if name == "transform" and any(
        isinstance(o, Library) and kind_of(o.name) == "scales"
        for o in world.objects(demand.of(_receiver(demand, node), ()))
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
    for other in _others(demand, node, data):
        yield Hop(demand.of(other, ()), side="value" if kind == "other" and name not in STATISTICS else "aside", far=6)


def _receiver(demand: Demand, node: ast.Call) -> ast.AST:
    return node.func.value if isinstance(node.func, ast.Attribute) else node.func


def _data(demand: Demand, node: ast.Call, name: str) -> ast.expr | None:
    """The argument (or what a method is called on) that the data come in by."""
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    if receiver is not None and dotted(receiver).split(".")[0] in demand.scope.file.modules:
        receiver = None
    if receiver is not None and not (TAKES_DATA.fullmatch(name) and node.args):
        return receiver
    if node.args:
        first = node.args[0]
        return first.value if isinstance(first, ast.Starred) else first
    return next((k.value for k in node.keywords if k.arg in DATA_WORDS), receiver)


def _others(demand: Demand, node: ast.Call, data: ast.expr) -> list[ast.expr]:
    every = [*node.args, *(k.value for k in node.keywords if k.arg in DATA_WORDS)]
    found = [a.value if isinstance(a, ast.Starred) else a for a in every]
    return [a for a in found if a is not data and not isinstance(a, ast.Constant)][:6]


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


# -- loaders and datasets --------------------------------------------------------------------------------------------------


def _loader(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    dataset = argument(node, 0, "dataset")
    yield step(demand, "draws", "loader")
    sampler = next((k.value for k in node.keywords if k.arg in ("sampler", "batch_sampler")), None)
    if sampler is not None:
        yield Hop(demand.of(sampler, ()), side="order", far=2)
    if dataset is None:
        return
    if demand.part[:1] == ("dataset",):
        yield Hop(demand.of(dataset, demand.part[1:]), same=True)
        return
    collate = next((k.value for k in node.keywords if k.arg == "collate_fn"), None)
    collated = False
    if collate is not None and demand.part:
        for known in world.objects(demand.of(collate, ())):
            if not isinstance(known, Library):
                inside = list(world.applied(known, (demand.of(dataset, ()),), demand.of(collate, demand.part[1:])))
                collated = collated or bool(inside)
                yield from inside
    if not collated:
        yield Hop(demand.of(dataset))


def _tensor_dataset(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    part = demand.part[1:] if demand.part[:1] == ("tensors",) else demand.part[1:2] + demand.part[:1] + demand.part[2:]
    yield step(demand, "other", "dataset")
    which, rest = (part[0], part[1:]) if part and len(demand.part) > 1 else (EACH, demand.part[:1])
    for index, value in enumerate(node.args):
        if isinstance(value, ast.Starred):
            yield Hop(demand.of(value.value, (which if which == EACH else _minus(which, index), *rest)))
        elif which in (index, EACH, index - len(node.args)):
            yield Hop(demand.of(value, rest), far=index + 1 if which == EACH else 1)
    for keyword in node.keywords:
        if keyword.arg is not None and which in (keyword.arg, EACH):
            yield Hop(demand.of(keyword.value, rest))


def _minus(which: int | str, index: int) -> int | str:
    return which - index if isinstance(which, int) else which


def _subset(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    dataset, chosen = argument(node, 0, "dataset"), argument(node, 1, "indices")
    key = rows.key_of(world, chosen, demand.scope) if chosen is not None else None
    yield step(demand, "selects", "rows", "dataset", key=("subset", key, id(node)))
    if dataset is not None:
        yield Hop(
            demand.of(dataset, demand.part[1:] if demand.part[:1] == ("dataset",) else demand.part),
            same=bool(demand.part),
        )
    if chosen is not None:
        yield Hop(demand.of(chosen, ()), side="order", far=3)


def _random_split(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    dataset = argument(node, 0, "dataset")
    yield step(demand, "selects", "rows", key=id(node))
    if dataset is not None:
        yield Hop(demand.of(dataset, demand.part[1:]))


def _of_elements(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if node.args:
        yield Hop(demand.of(node.args[0], (EACH, *demand.part)), same=True)


def _library_dataset(world: World, demand: Demand, node: ast.Call, tags: set[str]) -> Iterator[Hop | Step]:
    """A data set of a library, with its transforms: `transform` for inputs, `target_transform` for labels."""
    which = demand.part[1] if len(demand.part) > 1 else EACH
    wanted = {0: ("transform", "transforms"), 1: ("target_transform",)}
    names = [n for key, words in wanted.items() if which in (key, EACH) for n in words]
    given = [k.value for k in node.keywords if k.arg in names] + (node.args[1:] if which in (0, EACH) else [])
    for value in given:
        for known in world.objects(demand.of(value, ())):
            yield from world.applied(known, (), demand.of(value, ()))
    yield step(demand, "reads", "dataset", *tags)
    if node.args:
        wraps = any(isinstance(o, Instance) or _is_dataset(o) for o in world.objects(demand.of(node.args[0], ())))
        yield Hop(demand.of(node.args[0]), side="value" if wraps else "aside", far=4)


def _is_dataset(known: Object) -> bool:
    return isinstance(known, Library) and known.call is not None and known.name.endswith(DATASETS)


# -- python's own ----------------------------------------------------------------------------------------------------------


def _zip(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    yield step(demand, "selects", "joins")
    part = demand.part
    if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
        column, row = (part[0] if part else EACH), (part[1] if len(part) > 1 else EACH)
        yield Hop(demand.of(node.args[0].value, (row, column, *part[2:])), same=True)
        return
    which = part[1] if len(part) > 1 else EACH
    for index, value in enumerate(node.args):
        if which in (EACH, index, index - len(node.args)):
            rest = (*part[:1], *part[2:])
            yield Hop(demand.of(value.value if isinstance(value, ast.Starred) else value, rest), same=True)


def _enumerate(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    part = demand.part
    if not node.args or (len(part) > 1 and part[1] == 0):
        yield step(demand, "other")
        return
    yield Hop(demand.of(node.args[0], (*part[:1], *part[2:])), same=True)


def _map(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if len(node.args) < 2:
        return
    handed = tuple(demand.of(a, (EACH,)) for a in node.args[1:])
    inside: list[Hop | Step] = []
    for known in world.objects(demand.of(node.args[0], ())):
        if not isinstance(known, Library):
            inside += world.applied(known, handed, demand.of(node.args[0], demand.part[1:]))
    if inside:
        yield step(demand, "other", "enters")
        yield from inside
        return
    name = last_name(node.args[0])
    yield step(demand, kind_of(name), *tags_of(node, name))
    yield Hop(demand.of(node.args[1]))


def _filter(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if len(node.args) == 2:
        yield step(demand, "selects", "rows", key=(id(node), id(demand.scope)))
        yield Hop(demand.of(node.args[1]), same=True)


def _next(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if node.args:
        yield Hop(demand.of(node.args[0], (EACH, *demand.part)), same=True)


def _items(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    part = demand.part
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield Hop(demand.of(node.func.value, (*part[:1], *part[2:])), same=True)


def _values(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield Hop(demand.of(node.func.value), same=True)


def _get(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if isinstance(node.func, ast.Attribute) and node.args and not isinstance(node.args[0], ast.Constant):
        yield step(demand, "converts", "lookup")
        yield Hop(demand.of(node.args[0]))
        yield Hop(demand.of(node.func.value, (EACH, *demand.part)), same=True, far=4)
    if isinstance(node.func, ast.Attribute) and node.args and isinstance(node.args[0], ast.Constant):
        key = node.args[0].value
        yield step(demand, "selects")
        yield Hop(demand.of(node.func.value, (key if isinstance(key, (int, str)) else EACH, *demand.part)), same=True)
        for default in node.args[1:]:
            yield Hop(demand.of(default), same=True, far=2)


def _dict(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    part = demand.part
    for keyword in node.keywords:
        if keyword.arg is None:
            yield Hop(demand.of(keyword.value), same=True)
        elif not part or part[0] in (keyword.arg, EACH):
            yield Hop(demand.of(keyword.value, part[1:]), same=True)
    for value in node.args:
        yield Hop(demand.of(value), same=True)


# -- splitting, joining, reordering ------------------------------------------------------------------------------------------


def _train_test_split(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    yield step(demand, "selects", "rows", key=id(node))
    yield from _of_several(demand, node, 2)


def _shuffle(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    if not node.args or (isinstance(node.func, ast.Attribute) and _data(demand, node, "x") is node.func.value):
        return
    yield step(demand, "selects", "rows", "random", key=rows.of_call(world, node, demand.scope))
    if len(node.args) == 1:
        yield Hop(demand.of(node.args[0]))
    else:
        yield from _of_several(demand, node, 1)


def _of_several(demand: Demand, node: ast.Call, each: int) -> Iterator[Hop]:
    """A function of several arrays that returns as many (or `each` times as many)."""
    part = demand.part
    starred = next((a for a in node.args if isinstance(a, ast.Starred)), None)
    if starred is not None or not part or not isinstance(part[0], int):
        for value in node.args:
            yield Hop(demand.of(value.value if isinstance(value, ast.Starred) else value, part[1:]))
        return
    which = part[0] // each
    yield from (Hop(demand.of(a, part[1:])) for a in node.args[which : which + 1] if part[0] >= 0)
    yield from (Hop(demand.of(a, part[1:])) for a in node.args if part[0] < 0)


def _split(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    """`x.split(32)`, `torch.chunk(x, 4)`: pieces of what is split."""
    data = _data(demand, node, "split")
    if data is not None:
        yield step(demand, "selects")
        yield Hop(demand.of(data, demand.part[1:]))


def _columns(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    """`np.column_stack([a, b])`, `torch.stack([a, b], dim=1)`: arrays side by side."""
    beside = last_name(node.func) in ("column_stack", "hstack", "c_") or any(
        k.arg in ("axis", "dim") and isinstance(k.value, ast.Constant) and k.value.value in (1, -1)
        for k in node.keywords
    )
    if not node.args:
        return
    part: Part = demand.part
    if beside:
        part = part[1:] if len(part) > 1 and isinstance(part[1], int) else ()
    elif last_name(node.func) in ("cat", "concat", "concatenate", "vstack", "row_stack") and part:
        part = (EACH, *part)
    yield step(demand, "other")
    yield Hop(demand.of(node.args[0], part), same=False)


SPECIAL = {
    "TensorDataset": _tensor_dataset, "StackDataset": _tensor_dataset, "Subset": _subset, "random_split": _random_split,
    "zip": _zip, "zip_longest": _zip, "enumerate": _enumerate, "map": _map, "filter": _filter, "next": _next,
    "items": _items, "values": _values, "get": _get, "pop": _get, "dict": _dict,
    "train_test_split": _train_test_split, "shuffle": _shuffle, "resample": _shuffle,
    "split": _split, "chunk": _split, "array_split": _split, "tensor_split": _split,
    "column_stack": _columns, "stack": _columns, "cat": _columns, "concatenate": _columns, "concat": _columns,
    "hstack": _columns, "vstack": _columns,
} | dict.fromkeys(OF_ELEMENTS, _of_elements)  # fmt: skip


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
