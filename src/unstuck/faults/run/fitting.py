"""The changes after which a layer could take its input, from the likeliest to the last resort."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt, prod

from unstuck.facts import Change, Place
from unstuck.faults.run import source
from unstuck.faults.run.wishes import RECURRENT, Layer
from unstuck.faults.run.words import given, product, shown
from unstuck.trace.crash import Crash, Shape, Step
from unstuck.trace.provenance import constants

REDUCTIONS = ("mean", "sum", "amax", "amin", "max", "min", "logsumexp", "norm", "std", "var", "prod", "median")


OUTPUTS: dict[str, tuple[str, int]] = {
    "Linear": ("out_features", -1),
    "Embedding": ("embedding_dim", -1),
    **{f"Conv{n}d": ("out_channels", 1) for n in (1, 2, 3)},
}
"""By kind: the setting that says how much a layer makes, always its second, and in which dimension."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One change after which the layer could take its input, and why it may be the right one."""

    change: Change
    why: str
    title: str
    suffix: str = ""
    place: Place | None = None
    object: str | None = None
    """The module that is wrong, where it is not the one that failed."""
    diff: str = ""
    oddness: float = 2.0


# -- changes after which it would fit ------------------------------------------------------------------------------------


def repairs(crash: Crash, found: Layer) -> Iterator[Repair]:
    """From the likeliest to the last resort."""
    seen = []
    for make in (_flattened, _with_dimension, _without_batch, _dropped, _reordered):
        for repair in make(crash, found):
            seen.append(make)
            yield repair
    if _flattened not in seen and found.has_rank(found.got):
        yield from _resized(crash, found)
        yield from _resized_before(crash, found)


def _flattened(crash: Crash, found: Layer) -> Iterator[Repair]:
    got = found.got
    for dim in range(1, len(got)):
        if got[dim] == 1 and found.ranks and found.takes(got[:dim] + got[dim + 1 :]):
            yield Repair(
                change=Change(name="squeeze_input", arguments={"at": found.at, "dim": dim, "rank": len(got)}),
                why="a dimension of 1 too many", title=f"drop it: .squeeze({dim})", suffix=f".squeeze({dim})",
            )  # fmt: skip
            return
    for start in range(1, len(got) - 1):
        flat = (*got[:start], prod(got[start:]))
        if not found.takes(flat):
            continue
        rest = [n for n in got[start:] if n > 1]
        why = f"{product(got[start:])}, it was not flattened" if len(rest) > 1 else "dimensions of 1 too many"
        yield Repair(
            change=Change(name="flatten_input", arguments={"at": found.at, "start": start, "rank": len(got)}),
            why=why, title=f"flatten it first: .flatten({start}) gives {shown(flat)}", suffix=f".flatten({start})",
            oddness=4.0,
        )  # fmt: skip
        return


def _with_dimension(crash: Crash, found: Layer) -> Iterator[Repair]:
    """The channel or the feature that is not there because there is only one."""
    got = found.got
    if found.size != 1 or not found.ranks or len(got) + 1 != found.ranks[0]:
        return
    dim = found.dim % found.ranks[0]
    what = "channel" if found.setting == "in_channels" else "feature"
    yield Repair(
        change=Change(name="unsqueeze_input", arguments={"at": found.at, "dim": dim, "rank": len(got)}),
        why=f"the dimension of the one {what} is missing", title=f"add it: .unsqueeze({dim})",
        suffix=f".unsqueeze({dim})", oddness=4.0,
    )  # fmt: skip


def _without_batch(crash: Crash, found: Layer) -> Iterator[Repair]:
    """One sample where a batch is wanted."""
    root = crash.modules[0] if crash.modules else None
    got = found.got
    missing = (found.ranks and len(got) + 1 == min(found.ranks) and found.takes((1, *got))) or (
        found.kind == "Linear" and len(got) > 1 and prod(got) == found.size
    )
    if not missing or root is None or root.root is None or not root.inputs:
        return
    inner = product(got) if found.kind == "Linear" else shown(got)
    call = source.call_at(root.called)
    yield Repair(
        change=Change(name="unsqueeze_input", arguments={"at": root.location, "dim": 0, "rank": len(root.inputs[0].shape)}),
        why=f"{inner} is one sample, the batch dimension is missing",
        title="give the model a batch, of one if need be: .unsqueeze(0)",
        place=root.called, diff=source.around(call, root.called, ".unsqueeze(0)") if call else "", oddness=3.5,
    )  # fmt: skip


def _reordered(crash: Crash, found: Layer) -> Iterator[Repair]:
    """Two dimensions changed about, or the channels moved to the front."""
    got, rank = found.got, len(found.got)
    orders: list[tuple[int, ...]] = []
    if found.setting == "in_channels" and rank > 2:
        first = rank + found.dim
        orders.append((*range(first), rank - 1, *range(first, rank - 1)))
    swaps = [(i, j) for i in range(rank) for j in range(i + 1, rank)]
    for i, j in sorted(swaps, key=lambda s: (s[0] == 0, s)):
        swapped = list(range(rank))
        swapped[i], swapped[j] = j, i
        orders.append(tuple(swapped))
    done = set()
    for order in orders:
        new = tuple(got[i] for i in order)
        if order == tuple(range(rank)) or order in done or not found.takes(new):
            continue
        done.add(order)
        suffix = _reordering(order)
        yield Repair(
            change=Change(name="permute_input", arguments={"at": found.at, "order": list(order)}),
            why=_order_words(found, order), title=f"put them in order: {suffix} gives {shown(new)}", suffix=suffix,
            oddness=3.0 if order[0] == 0 else 1.5,
        )  # fmt: skip
        if len(done) == 2:
            return


def _reordering(order: tuple[int, ...]) -> str:
    moved = [i for i, o in enumerate(order) if i != o]
    if len(order) == 2:
        return ".T"
    return f".transpose({moved[0]}, {moved[1]})" if len(moved) == 2 else f".permute({', '.join(map(str, order))})"


def _order_words(found: Layer, order: tuple[int, ...]) -> str:
    rank, moved = len(order), [i for i, o in enumerate(order) if i != o]
    if found.setting == "in_channels" and order[found.dim] == rank - 1:
        return "the channels come last"
    if rank == 2:
        return "rows and columns are changed about"
    if rank == 3 and moved == [1, 2]:
        return (
            "time and features are changed about"
            if found.kind in RECURRENT
            else "its last two dimensions are changed about"
        )
    return f"dimensions {moved[0]} and {moved[-1]} are changed about"


def _resized(crash: Crash, found: Layer) -> Iterator[Repair]:
    if found.part is None or found.kind == "MultiheadAttention" or found.part.settings.get("groups", 1) != 1:
        return
    size = found.got[found.dim]
    at = source.written(found.part.place, found.part.callers, found.position, found.setting, alone=True)
    place, diff, said = found.part.place, "", ""
    if at is not None:
        place = at[0]
        said = "" if isinstance(at[1], ast.Constant) else f"{found.setting} is `{ast.unparse(at[1])}`"
        diff = source.diff(place, at[1], str(size))
        written = constants(at[0], at[1], found.part.callers) if source.used_once(at[0], at[1]) else ()
        if [number for number, _ in written] == [found.size]:
            place, diff = written[0][1], ""
    yield Repair(
        change=Change(name="resize_layer", arguments={"at": found.at, "size": size}),
        why=said or _numbers(crash, found) or f"it was made with {found.setting}={found.size}",
        title=f"make it as wide as what reaches it: {found.setting}={size}", place=place, diff=diff, oddness=1.5,
    )  # fmt: skip


def _resized_before(crash: Crash, found: Layer) -> Iterator[Repair]:
    """The layer before it, made as wide as this one wants."""
    step = next(
        (s for s in reversed(crash.chain) if s.kind in OUTPUTS and s.module != (found.part and found.part.path)), None
    )
    if step is None or step.made is None or step.root is None or not step.constructed:
        return
    name, dim = OUTPUTS[step.kind]
    if len(step.made.shape) <= abs(dim) or step.made.shape[dim] != found.got[found.dim]:
        return
    at = source.written(step.constructed[0], step.constructed[1:], 1, name, alone=True)
    place = at[0] if at is not None else step.constructed[0]
    yield Repair(
        change=Change(
            name="resize_layer",
            arguments={"at": {"module": step.module, "root": step.root}, "size": found.size, "outputs": True},
        ),
        why=f"`{step.module}` before it makes {found.got[found.dim]}",
        title=f"make `{step.module}` as wide as what follows wants: {name}={found.size}",
        place=place,
        object=step.module,
        diff=source.diff(place, at[1], str(found.size)) if at is not None else "",
        oddness=1.2,
    )


def _numbers(crash: Crash, found: Layer) -> str:
    """Where both sizes come from, if the layer follows a flattening."""
    step = next((s for s in reversed(crash.chain) if s.name in ("flatten", "view", "reshape")), None)
    if step is None or step.made is None or step.made.shape != found.got:
        return ""
    before = given(step)
    if len(before) < 3 or prod(before[1:]) != found.got[found.dim]:
        return ""
    side = isqrt(found.size // before[1]) if before[1] else 0
    if len(before) == 4 and side and before[1] * side * side == found.size:
        return f"{product(before[1:])} reach it, it was made for {product((before[1], side, side))}"
    return f"{product(before[1:])} reach it"


# -- a dimension that an earlier call took away ---------------------------------------------------------------------------


def _dropped(crash: Crash, found: Layer) -> Iterator[Repair]:
    """A mean, a sum or an index along the wrong dimension; a sequence cut to one step before another recurrent layer."""
    unbatched = next((i for i, s in enumerate(crash.chain) if s.kind in RECURRENT and len(given(s)) == 2), None)
    if unbatched is not None:
        yield from _cut_before(crash, unbatched, crash.chain[unbatched].title)
    for index in range(len(crash.chain) - 1, -1, -1):
        step = crash.chain[index]
        before, after = given(step), step.made.shape if step.made else ()
        if after != found.got:
            return
        if len(before) == len(after) + 1:
            yield from _other_dimension(crash, found, step, before)
            if found.takes(before):
                yield from _cut_before(crash, index + 1, found.name.strip("`"))
            return
        if before != after:
            return


def _cut_before(crash: Crash, index: int, name: str) -> Iterator[Repair]:
    step = next((s for s in reversed(crash.chain[:index]) if s.made and len(s.made.shape) == len(given(s)) - 1), None)
    if step is None or step.module or len(given(step)) not in (2, 3):
        return
    kept, left = shown(given(step)), shown(step.made.shape if step.made else ())
    node = source.expression_at(step.place)
    text = source.text_of(step.place, node.value) if isinstance(node, ast.Subscript) else ""
    yield Repair(
        change=Change(name="bypass_call", arguments={"targets": [dict(step.target)]}),
        why=f"line {step.place.line} leaves {left} of {kept} before `{name}`",
        title=f"keep the dimension that this line takes away: `{name}` wants {kept}", place=step.place,
        diff=source.diff(step.place, node, text) if node is not None and text else "", oddness=3.5,
    )  # fmt: skip


def _other_dimension(crash: Crash, found: Layer, step: Step, before: Shape) -> Iterator[Repair]:
    """The same call along each other dimension."""
    after = found.got
    reduces = step.name in REDUCTIONS
    if not reduces and step.name not in ("__getitem__", "select"):
        return
    index = _single_index(step) if not reduces else None
    if not reduces and index is None:
        return
    was = next((d for d in range(len(before)) if before[:d] + before[d + 1 :] == after), None)
    for dim in range(len(before) - 1, 0, -1):
        left = before[:dim] + before[dim + 1 :]
        if left == after or not found.takes(left):
            continue
        call = source.call_at(step.place, step.name)
        node = _dim_node(call) if call else None
        verb = f"{step.title} over dimension {was}" if reduces else f"the index in dimension {was}"
        arguments = {"target": dict(step.target), "dim": dim, **({"index": index} if index is not None else {})}
        yield Repair(
            change=Change(name="reduce_other_dimension", arguments=arguments),
            why=f"{verb} leaves {shown(after)}; along dimension {dim} it would leave {shown(left)}",
            title=f"dimension {dim} in place of {was}", place=step.place,
            diff=source.diff(step.place, node, str(dim)) if node is not None else "", oddness=3.0,
        )  # fmt: skip


def _single_index(step: Step) -> int | None:
    """The one number in `x[:, :, -1]`."""
    words = step.constants[-1].strip("()").split(", ") if step.constants else []
    numbers = [w for w in words if w.lstrip("-").rstrip(",").isdigit()]
    return int(numbers[0].rstrip(",")) if len(numbers) == 1 else None


def _dim_node(call: ast.Call) -> ast.expr | None:
    keyword = next((k.value for k in call.keywords if k.arg in ("dim", "axis")), None)
    is_function = (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "torch"
    )
    place = 1 if is_function else 0
    return keyword or (call.args[place] if len(call.args) > place else None)


# -- what to write --------------------------------------------------------------------------------------------------------


def diff_of(crash: Crash, found: Layer, repair: Repair) -> str:
    """The user's line with the method behind the argument; in a Sequential, a Flatten before the layer."""
    call = source.call_at(crash.line)
    if call is None or not repair.suffix:
        return ""
    container = crash.modules[-2] if len(crash.modules) > 1 and found.part is not None else None
    if container is not None and container.own:
        first = found.part is not None and found.part.path.rpartition(".")[2] == "0"
        if not first:
            return _flatten_before(found) if repair.suffix == ".flatten(1)" else ""
    return source.around(call, crash.line, repair.suffix)


def _flatten_before(found: Layer) -> str:
    assert found.part is not None
    place = found.part.place
    call = source.call_at(place, found.kind)
    if call is None:
        return ""
    prefix = ast.unparse(call.func).removesuffix(found.kind)
    return source.diff(place, call, f"{prefix}Flatten(), {source.text_of(place, call)}")
