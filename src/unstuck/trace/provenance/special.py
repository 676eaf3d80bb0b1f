"""Functions of python and the libraries that we know more of: which element of an argument becomes which of the result."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import rows
from unstuck.trace.provenance.arguments import argument, data_of
from unstuck.trace.provenance.expressions import step
from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.values import EACH, Demand, Hop, Instance, Library, Object, Part, Step
from unstuck.trace.provenance.vocabulary import OF_ELEMENTS, kind_of, tags_of

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

DATASETS = ("Dataset", "Folder", "FakeData")


# -- loaders and datasets --------------------------------------------------------------------------------------------------


def loader(world: World, demand: Demand, node: ast.Call) -> Iterator[Hop | Step]:
    """A `DataLoader`: an element of a batch is one of the data set's items, or what `collate_fn` makes of them."""
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


def library_dataset(world: World, demand: Demand, node: ast.Call, tags: set[str]) -> Iterator[Hop | Step]:
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
    if not node.args or (isinstance(node.func, ast.Attribute) and data_of(demand, node, "x") is node.func.value):
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
    data = data_of(demand, node, "split")
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
