"""Gradients clipped to almost nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import ByHand, Clipping


@fault(stage="optim")
def clip_too_small(clipping: Clipping, by_hand: ByHand) -> Iterator[Suspicion]:
    """clipping leaves almost nothing of the gradients

    What it is:
        The clipping limit is far below the norms that gradients have, at nearly every step.
    Why it hurts:
        Every step has the limit's length, whatever the loss says: training crawls.
    How it is found:
        Norms before clipping beside the limit.
    How it is proved:
        At the same learning rate the program learns without clipping.
    Fails:
        zoo/clip-too-small/temperature_lstm.py
    Passes:
        the same programs with a usual limit
    Look-alikes:
        Clipping at one while gradients are large at first; any limit with Adam, which does not mind the scale: measured
        harmless.
    Source:
        FAULTS clip-too-small.
    """
    for clip in (*clipping.calls, *([by_hand.clip] if by_hand.clip else [])):
        ratios = sorted(size / clip.limit for size in clip.sizes if clip.limit > 0 and size == size)
        if not ratios or ratios[len(ratios) // 4] < 5:
            continue
        typical = ratios[len(ratios) // 2]
        yield Suspicion(
            fault="clip-too-small",
            claim=f"{clip.function} shrinks the gradients {typical:.0f} times in nearly every step",
            place=clip.place,
            saw=(
                Measure(name="gradient norm before clipping, median", value=round(typical * clip.limit, 6),
                        expected=f"at most a few times the limit {clip.limit:g}"),
            ),
            change=Change(name="drop_clipping", arguments={"by_hand": True} if clip is by_hand.clip else {}),
            fix=Fix(title="raise the limit to about the usual norm of the gradients, or drop the clipping"),
            argument=("max_norm", "clip_value"),
            value=clip.limit,
            oddness=log10(typical),
            explains=("learning-rate-too-low",),
        )  # fmt: skip
