"""An index or a class that is not there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from unstuck.facts import Change, Fix, Measure, Place, Suspicion
from unstuck.faults import fault
from unstuck.faults.run import source
from unstuck.faults.run.loss_shapes import OF_CLASSES, target_node
from unstuck.trace.crash import Call, Crash, Part, Tensor

INDEXING = {
    "gather": (2, 1),
    "index_select": (2, 1),
    "take_along_dim": (1, 2),
    "scatter": (2, 1),
    "scatter_": (2, 1),
    "scatter_add": (2, 1),
}
"""Position of the index and of the dimension among the arguments."""
RARE = 0.05
"""Less than this share of the targets is a fault of some rows rather than a sign for "no label"."""


@fault(stage="run")
def target_out_of_range(crash: Crash) -> Iterator[Suspicion]:
    """a class or an index is asked for that is not there

    What it is:
        Labels that begin at 1, −1 or 255 for "no label" that the loss is not told of, more classes than outputs, a token
        beyond the embedding's entries, a sequence longer than its positions.
    Why it hurts:
        The program stops, on a GPU with an error that names nothing.
    How it is found:
        The call that failed runs on zeros of the same shapes: its values are at fault. The smallest and the largest index
        are compared with the entries that there are.
    How it is proved:
        Read off; where a repair can be computed (labels shifted, the index ignored, the table made larger), a universe with
        it must take a step.
    Fails:
        zoo/target-out-of-range/star_reviews.py
    Passes:
        the same program with labels from 0
    Look-alikes:
        An index error on a list or another container of the user's.
    Source:
        SYSTEM B1.1, EVIDENCE 13.
    """
    if not crash.is_torchs or crash.because != "value":
        return
    for rule in (_classes, _entries, _shares, _indices):
        found = list(rule(crash))
        yield from found
        if found:
            return


def _classes(crash: Crash) -> Iterator[Suspicion]:
    """Class indices of a cross-entropy."""
    call = crash.call
    if call is None or call.name not in OF_CLASSES:
        return
    output, target = call.tensor(0, "input"), call.tensor(1, "target")
    if output is None or target is None or target.low is None or target.high is None:
        return
    count = output.shape[1] if len(output.shape) > 1 else output.shape[0]
    ignored = _ignored(call)
    low, high = _without(target, ignored)
    if low is None or high is None or (low >= 0 and high < count):
        return
    base = Suspicion(
        fault="target-out-of-range",
        claim=f"the targets run from {low} to {high}, and {count} outputs are the classes 0 to {count - 1}",
        place=crash.line,
        saw=(
            Measure(
                name="classes in the failing batch",
                value=f"{low} to {high}",
                expected=f"0 to {count - 1}, from {count} outputs",
            ),
        ),
        oddness=1.0,
    )
    made = target_node(crash, handed_out=True)
    yield from _from_one(crash, call, base, low, high, count, made)
    yield from _no_label(crash, call, base, target, count, made)
    yield from _too_few_outputs(crash, base, low, high, count)
    lines = (made,) if made is not None and made.line else ()
    yield replace(
        base, read_off=f"class {high if high >= count else low} does not exist", related=lines,
        fix=Fix(title=f"targets from 0 to {count - 1}, or as many outputs as there are classes"),
    )  # fmt: skip


def _ignored(call: Call) -> int:
    said = str(call.named.get("ignore_index", "-100"))
    return int(said) if said.lstrip("-").isdigit() else -100


def _without(target: Tensor, ignored: int) -> tuple[int | None, int | None]:
    """Smallest and largest class, leaving the ignored one out."""
    low = target.second_low if target.low == ignored else target.low
    high = target.second_high if target.high == ignored else target.high
    return (int(low) if low is not None else None), (int(high) if high is not None else None)


def _from_one(
    crash: Crash, call: Call, base: Suspicion, low: int, high: int, count: int, made: Place | None
) -> Iterator[Suspicion]:
    if low < 1 or high != count:
        return
    node = source.expression_at(made) if made is not None else None
    place = made if made is not None and made.line else crash.line
    fix = Fix(
        title="count the classes from 0: subtract 1 where the labels are made",
        diff=source.diff(place, node, _one_less(place, node)) if node is not None else "",
        applies="probably",
    )
    yield replace(
        base,
        claim=f"the classes are numbered from 1 to {high}, and {count} outputs are the classes 0 to {count - 1}",
        place=place,
        related=(crash.line,) if place != crash.line else (),
        change=Change(name="shift_target", arguments={"at": call.location, "by": -1}),
        fix=fix,
        oddness=3.0,
    )


def _one_less(place: Place, node: ast.expr) -> str:
    """`y + 1` without the 1, anything else with `- 1`."""
    adds = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
    if isinstance(node, ast.BinOp) and adds and isinstance(node.right, ast.Constant) and node.right.value == 1:
        return source.text_of(place, node.left)
    return f"{source.text_of(place, node)} - 1"


def _no_label(
    crash: Crash, call: Call, base: Suspicion, target: Tensor, count: int, made: Place | None
) -> Iterator[Suspicion]:
    """One value far from the classes stands for "no label"."""
    assert target.low is not None
    assert target.high is not None
    rest_is_right = target.second_low is not None and target.second_low >= 0
    if target.low < 0 and rest_is_right and target.high < count:
        index = int(target.low)
    elif target.high > count and target.low >= 0 and target.second_high is not None and target.second_high < count:
        index = int(target.high)
    else:
        return
    count_of = target.classes.get(str(index), 0)
    rare = 0 < count_of < RARE * prod(target.shape)
    part = crash.part
    criterion = part.place if part is not None and part.place.line else crash.line
    place = crash.line if rare else criterion
    node = source.call_at(criterion)
    title = f"ignore_index={index}, if it stands for no label"
    yield replace(
        base,
        claim=f"{index} is no class, {count_of} of {prod(target.shape)} targets of this batch: the loss is not told to ignore it",
        place=place,
        related=tuple(dict.fromkeys(p for p in (crash.line, made, criterion) if p and p.line not in (0, place.line))),
        change=Change(name="ignore_class", arguments={"at": call.location, "index": index}),
        fix=Fix(
            title=f"find the rows that hold it; {title}" if rare else title,
            diff=source.with_argument(node, criterion, f"ignore_index={index}") if node is not None else "",
            applies="by-hand" if rare else "probably",
        ),
        oddness=3.0,
    )


def _too_few_outputs(crash: Crash, base: Suspicion, low: int, high: int, count: int) -> Iterator[Suspicion]:
    """Fewer outputs than classes: the last layer could have more."""
    if low < 0 or high > 4 * count + 10:
        return
    step = next((s for s in reversed(crash.chain) if s.kind == "Linear" or s.kind.startswith("Conv")), None)
    if step is None or step.made is None or step.root is None:
        return
    if step.made.shape[-1 if step.kind == "Linear" else 1] != count:
        return
    at = {"module": step.module, "root": step.root}
    name = "out_features" if step.kind == "Linear" else "out_channels"
    found = source.written(step.constructed[0], step.constructed[1:], 1, name) if step.constructed else None
    place = found[0] if found is not None else crash.line
    yield replace(
        base,
        claim=f"`{step.module}` makes {count} outputs, and there is a class {high}: at least {high + 1} are wanted",
        place=replace(place, object=step.module),
        related=(crash.line,),
        change=Change(name="resize_layer", arguments={"at": at, "size": high + 1, "outputs": True}),
        fix=Fix(
            title=f"as many outputs as there are classes: {name}={high + 1} or more",
            diff=source.diff(place, found[1], str(high + 1))
            if found is not None and isinstance(found[1], ast.Constant)
            else "",
            applies="probably",
        ),
        oddness=2.0,
    )


def _entries(crash: Crash) -> Iterator[Suspicion]:
    """The index of an embedding."""
    part, call = crash.part, crash.call
    if part is not None and part.kind in ("Embedding", "EmbeddingBag") and part.inputs:
        index, count = part.inputs[0], part.settings.get("num_embeddings", 0)
        at, name = part.location, part.name
    elif call is not None and call.name == "embedding" and call.tensor(0) and (table := call.tensor(1)):
        index, count = call.tensors[0], table.shape[0]
        at, name = None, "the table"
    else:
        return
    if index.low is None or index.high is None or (index.low >= 0 and index.high < count):
        return
    low, high = int(index.low), int(index.high)
    base = Suspicion(
        fault="target-out-of-range",
        claim=f"{name} has {count} entries, 0 to {count - 1}, and is asked for {high if high >= count else low}",
        place=replace(crash.line, object=part.path if part is not None else ""),
        saw=(Measure(name=f"indices given to {name}", value=f"{low} to {high}", expected=f"0 to {count - 1}"),),
        oddness=1.0,
    )
    if low >= 0 and part is not None and part.root is not None:
        yield from _larger(base, part, at, count, high, index)
    lines = (part.place,) if part is not None and part.place.line else ()
    title = f"indices from 0 to {count - 1}" + (
        f": {low} cannot be looked up, use padding_idx with an entry of its own" if low < 0 else ""
    )
    yield replace(
        base, read_off=f"index {high if high >= count else low} of {count} entries", related=lines, fix=Fix(title=title)
    )


def _larger(base: Suspicion, part: Part, at: object, count: int, high: int, index: Tensor) -> Iterator[Suspicion]:
    found = source.written(part.place, part.callers, 0, "num_embeddings")
    place = found[0] if found is not None else part.place
    claim = base.claim
    if index.positions:
        claim = f"the sequence has {high + 1} steps, and {part.name} holds {count} positions"
    constant = found is not None and isinstance(found[1], ast.Constant)
    yield replace(
        base,
        claim=claim,
        place=replace(place, object=part.path),
        related=(base.place,),
        change=Change(name="resize_layer", arguments={"at": at, "size": high + 1}),
        fix=Fix(
            title=f"num_embeddings={high + 1} or more"
            + (", or shorter sequences" if index.positions else ": the largest index and one"),
            diff=source.diff(place, found[1], str(high + 1)) if found is not None and constant else "",
            applies="probably",
        ),
        oddness=3.0,
    )


def _shares(crash: Crash) -> Iterator[Suspicion]:
    """Targets of a binary cross-entropy outside 0 and 1."""
    call = crash.call
    if call is None or call.name != "binary_cross_entropy":
        return
    target = call.tensor(1, "target")
    if target is None or target.low is None or target.high is None or (target.low >= 0 and target.high <= 1):
        return
    base = Suspicion(
        fault="target-out-of-range",
        claim=f"the targets run from {target.low:g} to {target.high:g}, and binary cross-entropy takes 0 to 1",
        place=crash.line,
        saw=(
            Measure(name="targets in the failing batch", value=f"{target.low:g} to {target.high:g}", expected="0 to 1"),
        ),
        oddness=1.0,
    )
    if (target.low, target.high) == (1.0, 2.0):
        change = Change(name="shift_target", arguments={"at": call.location, "by": -1})
        yield replace(
            base, change=change, fix=Fix(title="count the classes from 0: subtract 1", applies="probably"), oddness=3.0
        )
    yield replace(
        base,
        read_off=f"a target of {target.high if target.high > 1 else target.low:g}",
        fix=Fix(title="targets of 0 and 1"),
    )


def _indices(crash: Crash) -> Iterator[Suspicion]:
    """`gather` and the like, indexing by a tensor, one-hot coding."""
    call = crash.call
    if call is None or not call.tensors:
        return
    table = call.tensors[0]
    index: Tensor | None
    size: int | None
    if call.name == "one_hot":
        said = str(call.named.get("num_classes", call.arguments[1] if len(call.arguments) > 1 else "-1"))
        index, size = table, int(said) if said.isdigit() else None
    elif call.name == "__getitem__":
        first = call.arguments[1] if len(call.arguments) > 1 else None
        index, size = (first, table.shape[0]) if isinstance(first, Tensor) and table.shape else (None, None)
    elif call.name in INDEXING:
        at, along = INDEXING[call.name]
        said = str(call.named.get("dim", call.arguments[along] if len(call.arguments) > along else "0"))
        dim = int(said) if said.lstrip("-").isdigit() else 0
        index = call.tensor(at, "index") or call.tensors[-1]
        size = table.shape[dim] if -len(table.shape) <= dim < len(table.shape) else None
    else:
        return
    if index is None or size is None or index.low is None or index.high is None or index.is_float:
        return
    low, high = int(index.low), int(index.high)
    lowest = -size if call.name == "__getitem__" else 0
    if low >= lowest and high < size:
        return
    yield Suspicion(
        fault="target-out-of-range",
        claim=f"`{call.name.strip('_')}` is asked for {high if high >= size else low}, and there are {size}: 0 to {size - 1}",
        place=replace(crash.line, object=crash.modules[-1].path if crash.modules else ""),
        saw=(Measure(name="indices", value=f"{low} to {high}", expected=f"0 to {size - 1}"),),
        read_off=f"index {high if high >= size else low} of {size}",
        fix=Fix(title=f"indices from 0 to {size - 1}"),
        oddness=2.0,
    )
