"""Output and target of different shapes, stretched against each other inside the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace import source
from unstuck.trace.summaries import Losses

ELEMENTWISE_LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "soft_margin_loss")


@fault(stage="loss")
def silent_broadcast(losses: Losses) -> Iterator[Suspicion]:
    """the loss compares every output with every target

    What it is:
        Outputs of shape (N, 1) meet targets of shape (N,): broadcasting makes an N × N table of differences.
    Why it hurts:
        Each output is pulled to all targets at once, so the best it can do is their mean.
    How it is found:
        Shapes at the loss call, or at the subtraction in a loss written by hand.
    How it is proved:
        A universe in which the target has the output's shape must get below the variance of the targets.
    Fails:
        zoo/silent-broadcast/diabetes_progress.py
    Passes:
        the same program with the target reshaped
    Look-alikes:
        Distances between all pairs, on purpose: both sides come from the model, or the counts differ.
    Source:
        SYSTEM B1, B0.3.
    """
    seen = [
        (b.target, (b.place, *b.callers), b.output_shape, b.target_shape, b.argument)
        for b in losses.broadcasts
        if prod(b.output_shape) == prod(b.target_shape)
    ] + [
        (c.target, (c.place, *c.callers), c.output_shape, c.target_shape, 1)
        for c in losses.calls
        if c.name in ELEMENTWISE_LOSSES
        and c.output_shape != c.target_shape
        and prod(c.output_shape) == prod(c.target_shape)
    ]
    for target, lines, output, goal, argument in seen:
        where = source.handed_over(lines[0], lines[1:])
        wanted = f".view{output}" if len(output) > 1 else ".view(-1)"
        suspicion = Suspicion(
            fault="silent-broadcast",
            claim=f"outputs {_shape(output)} meet targets {_shape(goal)}: every output is compared with every target",
            place=where,
            saw=(Measure(name="shape of the target", value=_shape(goal), expected=f"{_shape(output)}, as the output"),),
            change=Change(name="reshape_target", arguments={"target": target, "argument": argument}),
            fix=Fix(title=f"give both the same shape, e.g. target{wanted}", applies="probably"),
            related=tuple(line for line in lines if line != where),
            oddness=3.0,
        )
        yield suspicion
        if len(output) == 2 and output[1] == 1 and len(goal) == 1:  # where they meet in more than one place
            yield replace(suspicion, change=Change(name="squeeze_output"), quiet=True)


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
