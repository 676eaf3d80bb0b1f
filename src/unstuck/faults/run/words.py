"""Shapes and numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import prod

from unstuck.facts import Measure
from unstuck.trace.crash import Crash, Shape, Step


def shown(shape: Sequence[int]) -> str:
    """`64×3×28×28`; no dimension at all is one number."""
    return "×".join(map(str, shape)) if shape else "a single number"


def product(numbers: Sequence[int]) -> str:
    """`16·5·5 = 400`."""
    return f"{'·'.join(map(str, numbers))} = {prod(numbers)}" if len(numbers) > 1 else str(prod(numbers))


def plural(count: int, noun: str) -> str:
    """`1 dimension`, `3 dimensions`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def way(crash: Crash) -> tuple[Measure, ...]:
    """The shapes on the way to the failing call, where they change."""
    steps = crash.chain
    if not steps:
        return ()
    start = next((t.shape for s in steps for t in (*s.given, s.made) if t is not None and not t.parameter), ())
    words, last = [shown(start)], start
    for title, group in groupby(steps, key=lambda s: s.title):
        made = next((s.made.shape for s in reversed(list(group)) if s.made is not None), None)
        if made is not None and made != last:
            words.append(f"{title} {shown(made)}")
            last = made
    if len(words) > 9:
        words = [*words[:2], "…", *words[-6:]]
    return (Measure(name="shapes on the way", value=" → ".join(words)),) if len(words) > 1 else ()


def given(step: Step) -> Shape:
    """The shape of the data that a step was given."""
    return next((t.shape for t in step.given if not t.parameter), ())
