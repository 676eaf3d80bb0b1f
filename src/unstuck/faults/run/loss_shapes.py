"""A loss that is given an output and a target that do not belong together, by their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from unstuck.facts import Change, Fix, Measure, Place, Suspicion
from unstuck.faults.run import origins, source
from unstuck.faults.run.words import given, shown, way
from unstuck.trace.crash import Call, Crash, Shape, Step

OF_CLASSES = ("cross_entropy", "nll_loss")
ELEMENTWISE = (
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "kl_div", "soft_margin_loss", "poisson_nll_loss",
)  # fmt: skip


def loss(crash: Crash) -> Iterator[Suspicion]:
    """A loss of torch's: what its target should look like, given its output."""
    call = crash.call
    if call is None or call.name not in (*OF_CLASSES, *ELEMENTWISE):
        return
    output, target = call.tensor(0, "input"), call.tensor(1, "target")
    if output is None or target is None:
        return
    out, goal = output.shape, target.shape
    wanted = goal_of(call.name, out)
    base = Suspicion(
        fault="shape-mismatch",
        claim=f"`{call.name}` gets outputs of {shown(out)} and targets of {shown(goal)}, and wants targets of {shown(wanted)}",
        place=crash.line,
        saw=(*way(crash), Measure(name="target", value=shown(goal), expected=f"{shown(wanted)}, from the output of {shown(out)}")),
        related=_related(crash),
        oddness=1.0,
    )  # fmt: skip
    yield from _rearranged(crash, call, base, out, goal, wanted)
    yield from _other_batch(crash, base, out, goal)
    yield replace(
        base,
        read_off=f"outputs {shown(out)}, targets {shown(goal)}",
        fix=Fix(title=f"give the loss a target of {shown(wanted)}"),
    )


def goal_of(name: str, out: Shape) -> Shape:
    """The shape that the target should have."""
    return out if name not in OF_CLASSES else (*out[:1], *out[2:]) if len(out) > 1 else ()


def target_node(crash: Crash, handed_out: bool = False) -> Place | None:
    """The line that made the target, or (`handed_out`) the last before it where the data set gives it away."""
    call = source.call_at(crash.line)
    node = call.args[1] if call is not None and len(call.args) > 1 else None
    return origins.maker(crash, crash.line, node, into_self=not handed_out)


def _related(crash: Crash) -> tuple[Place, ...]:
    made = target_node(crash)
    return (made,) if made is not None and made.line and made.line != crash.line.line else ()


def _rearranged(
    crash: Crash, call: Call, base: Suspicion, out: Shape, goal: Shape, wanted: Shape
) -> Iterator[Suspicion]:
    node = source.call_at(crash.line)
    at = call.location

    def offer(change: Change, why: str, title: str, suffix: str, argument: int) -> Suspicion:
        diff = source.around(node, crash.line, suffix, argument) if node is not None and suffix else ""
        return replace(
            base,
            claim=f"{base.claim}: {why}",
            change=change,
            oddness=3.0,
            fix=Fix(title=title, diff=diff, applies="probably"),
        )

    for dim in range(len(goal)):
        if goal[dim] == 1 and goal[:dim] + goal[dim + 1 :] == wanted:
            change = Change(name="squeeze_target", arguments={"at": at, "dim": dim})
            yield offer(
                change, "the target has a dimension of 1 too many", f"drop it: .squeeze({dim})", f".squeeze({dim})", 1
            )
            return
    if call.name in OF_CLASSES:
        rank = len(out)
        if rank > 2 and goal == out[:-1]:
            order = [0, rank - 1, *range(1, rank - 1)]
            suffix = ".transpose(1, 2)" if rank == 3 else f".permute({', '.join(map(str, order))})"
            change = Change(name="permute_input", arguments={"at": at, "order": order})
            yield offer(change, "the classes must be dimension 1, and are the last", f"move them: {suffix}", suffix, 0)
        elif rank == 2 and goal == out[1:]:
            change = Change(name="permute_input", arguments={"at": at, "order": [1, 0]})
            yield offer(change, "rows and classes are changed about", "turn the output round: .T", ".T", 0)
        elif rank == 2 and len(goal) > 1 and prod(goal) == out[0]:
            change = Change(name="flatten_input", arguments={"at": at, "start": 0, "argument": 1})
            yield offer(
                change,
                "the output is flattened over the steps, the target is not",
                "flatten both: .flatten()",
                ".flatten()",
                1,
            )
    elif prod(goal) == prod(wanted):
        change = Change(name="reshape_target", arguments={"target": dict(call.target)})
        suffix = (
            f".unsqueeze({len(goal)})"
            if wanted == (*goal, 1)
            else f".reshape({', '.join(map(str, (-1, *wanted[1:])))})"
        )
        yield offer(
            change, "as many numbers, another shape", f"give the target the output's shape: {suffix}", suffix, 1
        )


def _other_batch(crash: Crash, base: Suspicion, out: Shape, goal: Shape) -> Iterator[Suspicion]:
    """The number of rows changed on the way through the model: the call that did it."""
    if not out or not goal or out[0] == goal[0]:
        return
    rows = goal[0]
    step = next((s for s in crash.chain if s.made and given(s)[:1] == (rows,) and s.made.shape[:1] != (rows,)), None)
    if step is None or step.made is None:
        return
    before, after = given(step), step.made.shape
    claim = f"line {step.place.line} makes {shown(after)} of {shown(before)}: {rows} rows go in, {out[0]} outputs meet {rows} targets"
    found = replace(
        base,
        claim=claim,
        place=replace(step.place, object=step.inside or ""),
        related=(crash.line, *base.related),
        oddness=2.5,
    )
    yield from _other_index(found, step, before, after)
    yield replace(
        found,
        read_off=f"{shown(before)} became {shown(after)}",
        fix=Fix(
            title=f"keep the {rows} rows: the first dimension is the batch"
            + (", e.g. .flatten(1)" if step.name in ("view", "reshape") else "")
        ),
    )


def _other_index(found: Suspicion, step: Step, before: Shape, after: Shape) -> Iterator[Suspicion]:
    """`out[-1]` where the batch comes first."""
    if step.name != "__getitem__" or after != before[1:] or len(before) < 3 or not step.constants:
        return
    text = step.constants[-1]
    if text.lstrip("-").isdigit():
        arguments = {"target": dict(step.target), "dim": 1, "index": int(text)}
        yield replace(
            found,
            change=Change(name="reduce_other_dimension", arguments=arguments),
            fix=Fix(title=f"index the steps, not the rows: [:, {text}]", applies="probably"),
        )
