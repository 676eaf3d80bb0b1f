"""Products, sums, views, indices and batches whose shapes do not go together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from unstuck.facts import Change, Fix, Measure, Place, Suspicion
from unstuck.faults.run import origins, source
from unstuck.faults.run.words import plural, product, shown, way
from unstuck.trace.crash import Call, Crash, Shape, Tensor

PRODUCTS = ("matmul", "mm", "bmm", "__matmul__", "__rmatmul__", "mv", "dot")
ARITHMETIC = frozenset({
    "add", "sub", "mul", "div", "pow", "truediv", "true_divide", "where", "maximum", "minimum", "eq", "ne", "lt", "gt", "le",
    "ge", "radd", "rsub", "rmul", "rtruediv", "iadd", "isub", "imul", "itruediv", "masked_fill", "copy", "lerp", "addcmul",
    "and", "or", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss",
})  # fmt: skip
"""Names without their underscores."""
VIEWS = ("view", "reshape", "expand")
ALONG = frozenset({
    "softmax", "log_softmax", "mean", "sum", "max", "min", "argmax", "argmin", "amax", "amin", "transpose", "permute", "std",
    "var", "norm", "flatten", "unsqueeze", "select", "size", "cumsum", "sort", "topk", "unbind", "chunk", "split", "movedim",
})  # fmt: skip
NEVER = (
    "batch_norm",
    "instance_norm",
    "__getitem__",
    "backward",
    "grad",
    "numpy",
    "item",
    "tolist",
    "__bool__",
    "__float__",
)
"""Their refusals have other reasons than a shape that does not fit."""


def multiplied(crash: Crash) -> Iterator[Suspicion]:
    """A matrix product: the inner dimensions differ."""
    call = crash.call
    if call is None or call.name not in PRODUCTS or len(call.tensors) < 2:
        return
    left, right = call.tensors[0].shape, call.tensors[1].shape
    if not left or not right:
        return
    inner = right[-2] if len(right) > 1 else right[0]
    same = left[-1] == inner
    why = (
        f"{left[-1]} columns meet {inner} rows" if not same
        else f"{shown(left[:-2]) if left[:-2] else 'one'} and {shown(right[:-2]) if right[:-2] else 'one'} matrices"
    )  # fmt: skip
    base = _base(crash, f"`{call.name.strip('_')}` cannot multiply {shown(left)} by {shown(right)}: {why}")
    for argument, shape in ((1, right), (0, left)):
        turned = (*shape[:-2], shape[-1], shape[-2]) if len(shape) > 1 else shape
        fits = turned != shape and (left[-1] == turned[-2] if argument else len(right) > 1 and turned[-1] == right[-2])
        if not fits or same:
            continue
        order = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
        side = "right" if argument else "left"
        yield replace(
            base,
            claim=f"{base.claim}; turned round, the {side} one would fit: {shown(turned)}",
            change=Change(name="permute_input", arguments={"at": call.location, "order": order, "argument": argument}),
            fix=Fix(title=f"turn the {side} one round: .transpose(-2, -1)", diff=_operand(crash.line, argument, ".transpose(-2, -1)"), applies="probably"),
            oddness=2.0 + argument,
        )  # fmt: skip
    yield replace(
        base,
        read_off=f"{shown(left)} times {shown(right)}",
        fix=Fix(title="the last dimension of the left must be the last but one of the right"),
    )


def _operand(place: Place, argument: int, suffix: str) -> str:
    file = source.tree(place.path)
    found = [
        n for n in ast.walk(file)
        if isinstance(n, ast.BinOp) and n.lineno == place.line
        and place.column is not None and (n.col_offset, n.end_col_offset) == place.column
    ] if file else []  # fmt: skip
    if not found:
        call = source.call_at(place)
        return source.around(call, place, suffix, argument) if call is not None else ""
    node = found[0].right if argument else found[0].left
    text = ast.unparse(node)
    return source.diff(
        place,
        node,
        f"{text}{suffix}"
        if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
        else f"({text}){suffix}",
    )


def stretched(crash: Crash) -> Iterator[Suspicion]:
    """Two tensors meet number by number, and cannot be stretched to one shape."""
    call = crash.call
    if call is None or call.name.strip("_") not in ARITHMETIC or len(call.tensors) < 2:
        return
    pairs = [
        (a, b)
        for i, a in enumerate(call.tensors)
        for b in call.tensors[i + 1 :]
        if (_clash(a.shape, b.shape)) is not None
    ]
    if not pairs:
        return
    left, right = pairs[0]
    dim = _clash(left.shape, right.shape)
    assert dim is not None
    a, b = left.shape[dim], right.shape[dim]
    base = _base(
        crash,
        f"`{call.name.strip('_')}` cannot pair {shown(left.shape)} with {shown(right.shape)}: {a} and {b} in dimension {dim}",
    )
    base = replace(base, place=crash.line)
    yield from _positions(base, left, right, dim)
    for argument, tensor, other in ((1, right, left), (0, left, right)):
        yield from _one_moved(crash, call, base, tensor.shape, other.shape, argument)
    yield replace(
        base, read_off=f"{shown(left.shape)} and {shown(right.shape)}", fix=Fix(title="bring both to one shape")
    )


def _clash(a: Shape, b: Shape) -> int | None:
    """The first dimension from the right in which neither is 1 and they differ, as a negative number."""
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            return -back
    return None


def _positions(base: Suspicion, left: Tensor, right: Tensor, dim: int) -> Iterator[Suspicion]:
    """A sequence that is longer than the table of positions added to it."""
    for data, table in ((left, right), (right, left)):
        is_table = prod(table.shape[:-2]) == 1 and len(table.shape) > 1 and len(data.shape) > 2
        if dim == -2 and is_table and table.shape[-1] == data.shape[-1] and data.shape[-2] > table.shape[-2]:
            yield replace(
                base,
                claim=f"the sequence has {data.shape[-2]} steps, and the table added to it {table.shape[-2]} positions",
                read_off=f"{shown(data.shape)} and {shown(table.shape)}",
                fix=Fix(title=f"a table of at least {data.shape[-2]} positions, or shorter sequences"),
                oddness=3.0,
            )
            return


def _one_moved(
    crash: Crash, call: Call, base: Suspicion, shape: Shape, other: Shape, argument: int
) -> Iterator[Suspicion]:
    rank = len(shape)
    index = next((i for i, a in enumerate(call.arguments) if isinstance(a, Tensor) and a.shape == shape), None)
    if index is None:
        return
    if rank + 1 <= len(other):
        for dim in (rank, *range(rank)):
            if _clash((*shape[:dim], 1, *shape[dim:]), other) is None:
                yield replace(
                    base,
                    claim=f"{base.claim}; a dimension of 1 is missing",
                    change=Change(name="unsqueeze_input", arguments={"at": call.location, "dim": dim, "argument": index}),
                    fix=Fix(title=f"add it: .unsqueeze({dim})", diff=_operand(crash.line, index, f".unsqueeze({dim})"), applies="probably"),
                    oddness=2.0,
                )  # fmt: skip
                return
    for i in range(rank):
        for j in range(i + 1, rank):
            order = list(range(rank))
            order[i], order[j] = j, i
            if tuple(shape[k] for k in order) == other and shape != other:
                suffix = f".transpose({i}, {j})"
                yield replace(
                    base,
                    claim=f"{base.claim}; dimensions {i} and {j} are changed about",
                    change=Change(name="permute_input", arguments={"at": call.location, "order": order, "argument": index}),
                    fix=Fix(title=f"put them in order: {suffix}", diff=_operand(crash.line, index, suffix), applies="probably"),
                    oddness=2.0,
                )  # fmt: skip
                return


def viewed(crash: Crash) -> Iterator[Suspicion]:
    """`view` and `reshape`: another number of elements, or numbers that do not lie in order."""
    call = crash.call
    if call is None or call.name not in VIEWS or not call.tensors:
        return
    shape = call.tensors[0].shape
    sizes = _numbers(call.arguments[1:])
    known = prod(n for n in sizes if n > 0)
    count = prod(shape)
    at = {"target": dict(call.target)}
    said = f"{call.name}({', '.join(map(str, sizes))})"
    if known and (count == known or (-1 in sizes and count % known == 0)):
        node = source.call_at(crash.line, call.name)
        diff = (
            source.diff(crash.line, node.func, ast.unparse(node.func).removesuffix("view") + "reshape")
            if node is not None
            else ""
        )
        yield replace(
            _base(crash, f"`{said}` of {shown(shape)} is not possible without a copy: its numbers do not lie in that order"),
            change=Change(name="reshape_call", arguments=at),
            fix=Fix(title="reshape copies where it must (and check that the order of the dimensions is the one you mean)", diff=diff, applies="probably"),
            oddness=2.0,
        )  # fmt: skip
        return
    base = _base(
        crash,
        f"`{said}` cannot hold {shown(shape)}: {product(shape)} numbers, {known} {'do not divide them' if -1 in sizes else 'have room'}",
    )
    rest = prod(sizes[1:])
    if len(sizes) > 1 and sizes[0] > 0 and rest == prod(shape[1:]):
        node = source.call_at(crash.line, call.name)
        first = node.args[0] if node is not None and node.args else None
        diff = (
            source.diff(crash.line, first, "-1")
            if first is not None and not isinstance(first, (ast.Tuple, ast.List))
            else ""
        )
        yield replace(
            base,
            claim=f"`{said}` counts on {sizes[0]} rows, this batch has {shape[0]}",
            change=Change(name="reshape_call", arguments={**at, "sizes": [-1, *sizes[1:]]}),
            fix=Fix(title="let the batch be as large as it is: -1 in its place", diff=diff, applies="probably"),
            oddness=3.0,
        )  # fmt: skip
    elif shape:
        yield replace(
            base,
            change=Change(name="reshape_call", arguments={**at, "sizes": [shape[0], -1]}) if len(sizes) == 2 else None,
            read_off="" if len(sizes) == 2 else f"{count} numbers",
            fix=Fix(title=f"each row holds {product(shape[1:])} numbers: .flatten(1)"),
            oddness=1.5,
        )  # fmt: skip
    yield replace(base, read_off=f"{count} numbers", fix=Fix(title=f"sizes whose product is {product(shape)}"))


def _numbers(values: tuple[object, ...]) -> list[int]:
    """The whole numbers among arguments that were kept as text: `64, -1` or `(64, -1)`."""
    words = " ".join(str(v) for v in values if isinstance(v, str)).replace("(", " ").replace(")", " ").replace(",", " ")
    words = words.replace("[", " ").replace("]", " ").removeprefix("torch.Size")
    return [int(w) for w in words.split() if w.lstrip("-").isdigit()]


def indexed(crash: Crash) -> Iterator[Suspicion]:
    """More indices than dimensions, or a dimension that is not there."""
    call = crash.call
    if call is None or not call.tensors or not isinstance(call.arguments[0] if call.arguments else None, Tensor):
        return
    shape = call.tensors[0].shape
    if call.name == "__getitem__" and len(call.arguments) > 1:
        text = str(call.arguments[1])
        count = text.count("slice(") + len(_numbers((_without_slices(text),)))
        if "Ellipsis" not in text and "None," not in _without_slices(text) and count > len(shape):
            base = _base(
                crash,
                f"{plural(count, 'index').replace('indexs', 'indices')} for {shown(shape)}, which has {plural(len(shape), 'dimension')}",
            )
            yield replace(
                base,
                read_off=f"{shown(shape)} has {plural(len(shape), 'dimension')}",
                fix=Fix(title="index the dimensions that are there, or keep the one that was lost on the way"),
            )
        return
    numbers = _numbers(
        (*call.arguments[1:2], *[v for k, v in call.named.items() if k in ("dim", "axis", "dim0", "dim1")])
    )
    numbers += _numbers(call.arguments[2:3]) if call.name in ("transpose", "movedim") else []
    beyond = [n for n in numbers if not -len(shape) <= n < len(shape)]
    if call.name == "permute" and len(_numbers(call.arguments[1:])) != len(shape):
        beyond = beyond or [len(_numbers(call.arguments[1:])) - 1]
    if call.name in ALONG and beyond:
        base = _base(
            crash,
            f"`{call.name}` is asked for dimension {beyond[0]} of {shown(shape)}, which has {plural(len(shape), 'dimension')}",
        )
        yield replace(
            base,
            read_off=f"{shown(shape)} has {plural(len(shape), 'dimension')}",
            fix=Fix(title=f"a dimension from {-len(shape)} to {len(shape) - 1}"),
        )


def _without_slices(text: str) -> str:
    while "slice(" in text:
        start = text.index("slice(")
        text = text[:start] + text[text.index(")", start) + 1 :]
    return text


def anything(crash: Crash) -> Iterator[Suspicion]:
    """Any other call that fails on zeros of the same shapes, while a model or a loss is at work."""
    call, part = crash.call, crash.part
    name = call.name if call is not None else ""
    tensors = call.tensors if call is not None else part.inputs if part is not None else ()
    if (
        name in NEVER
        or not tensors
        or not (crash.modules or len(tensors) > 1)
        or (part is not None and "Norm" in part.kind)
    ):
        return
    shapes = " and ".join(shown(t.shape) for t in tensors[:3])
    who = part.name if part is not None else f"`{name.strip('_')}`"
    window = part.settings.get("kernel_size") if part is not None and "Pool" in part.kind else None
    why = (
        f": its window of {shown(window) if isinstance(window, list) else window} is larger than that" if window else ""
    )
    base = _base(crash, f"{who} cannot take {shapes}{why}")
    yield replace(
        base,
        read_off=f"{who} gets {shapes}",
        fix=Fix(
            title="less pooling or striding before it, or larger inputs"
            if window
            else "give it shapes that go together"
        ),
    )


def batch(crash: Crash) -> Iterator[Suspicion]:
    """Items of a data set that cannot be put together into a batch."""
    found = crash.data.get("batch")
    if not found or not crash.is_torchs:
        return
    shapes = [tuple(s) for s in found["shapes"]]
    other = next((i for i, s in enumerate(shapes) if s != shapes[0]), None)
    if other is None:
        return
    item = origins.maker_in_loader(crash)
    yield Suspicion(
        fault="shape-mismatch",
        claim=f"items of one batch differ in shape: {shown(shapes[0])} and {shown(shapes[other])}",
        place=item if item is not None and item.line else crash.line,
        saw=(Measure(name="shapes among the items looked at", value=len(set(shapes)), expected="1: a batch is one tensor"),),
        read_off=f"item 0 is {shown(shapes[0])}, item {other} is {shown(shapes[other])}",
        fix=Fix(title="bring them to one shape in __getitem__ (crop, resize, convert), or pad them in a collate_fn of your own"),
        related=(crash.line,) if item is not None and item.line != crash.line.line else (),
    )  # fmt: skip


def _base(crash: Crash, claim: str) -> Suspicion:
    inside = crash.modules[-1].path if crash.modules else ""
    return Suspicion(
        fault="shape-mismatch", claim=claim, place=replace(crash.line, object=inside), saw=way(crash), oddness=1.0
    )
