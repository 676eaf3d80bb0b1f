"""`cat` and `stack` of tensors that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.facts import Change, Fix, Suspicion
from unstuck.faults.run.words import shown
from unstuck.trace.crash import Crash, Shape, Tensor

JOINING = ("cat", "concat", "concatenate", "stack")


def joined(crash: Crash) -> Iterator[Suspicion]:
    """The two parts that do not fit, the dimension in which they differ, the one along which they would fit."""
    call = crash.call
    if call is None or call.name not in JOINING:
        return
    parts = next((a for a in (*call.arguments, *call.named.values()) if isinstance(a, list)), [])
    shapes = [t.shape for t in parts if isinstance(t, Tensor)]
    if len(shapes) < 2:
        return
    said = call.named.get("dim", call.arguments[1] if len(call.arguments) > 1 else "0")
    dim = int(said) if isinstance(said, str) and said.lstrip("-").isdigit() else 0
    stacks = call.name == "stack"
    other = next((s for s in shapes[1:] if not _fit(shapes[0], s, None if stacks else dim)), None)
    if other is None:
        return
    differing = [
        i
        for i, (a, b) in enumerate(zip(shapes[0], other, strict=False))
        if a != b and (stacks or i != dim % len(other))
    ]
    where = (
        f": dimension {differing[0]} is {shapes[0][differing[0]]} and {other[differing[0]]}"
        if differing and len(other) == len(shapes[0])
        else ""
    )
    verb = "stack" if stacks else f"{call.name} along dimension {dim}"
    base = Suspicion(
        fault="shape-mismatch",
        claim=f"`{verb}` cannot join {shown(shapes[0])} and {shown(other)}{where}",
        place=crash.line,
        related=tuple(s.place for s in crash.sources if s is not None and s.place.line and s.place.line != crash.line.line)[:2],
    )  # fmt: skip
    fitting = [d for d in range(len(shapes[0])) if all(_fit(shapes[0], s, d) for s in shapes[1:])] if not stacks else []
    for along in fitting:
        yield replace(
            base,
            claim=f"{base.claim}; along dimension {along} they would fit",
            change=Change(name="reduce_other_dimension", arguments={"target": dict(call.target), "dim": along}),
            fix=Fix(title=f"join them along dimension {along}", applies="probably"),
            oddness=2.0,
        )
    yield replace(
        base,
        read_off=f"{shown(shapes[0])} and {shown(other)}",
        fix=Fix(title="bring them to one shape first: crop, pad or pool"),
    )


def _fit(a: Shape, b: Shape, dim: int | None) -> bool:
    if dim is None or len(a) != len(b):
        return a == b
    return all(x == y for i, (x, y) in enumerate(zip(a, b, strict=True)) if i != dim % len(a))
