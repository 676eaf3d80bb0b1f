"""Dropout leaves too little of the signal."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import Activations, Dropout


@fault(stage="mode")
def dropout_too_strong(activations: Activations) -> Iterator[Suspicion]:
    """dropout takes away most of the signal

    What it is:
        A keep probability passed as a drop probability, or dropout where little can be spared (the output).
    Why it hurts:
        What is left differs from step to step so much that nothing stable can be learnt.
    How it is found:
        Drop rates above one half.
    How it is proved:
        Without this dropout, held-out rows are predicted materially better.
    Fails:
        zoo/dropout-too-strong/reviews_gru.py
    Passes:
        the same programs at a usual rate
    Look-alikes:
        Dropout whose training loss is above validation; strong dropout that helps on held-out rows.
    Source:
        SYSTEM O4c.
    """
    alike: dict[tuple[str, int, float], list[Dropout]] = {}
    for dropout in activations.dropouts:
        if dropout.rate > 0.3 and dropout.training:
            alike.setdefault((dropout.place.path, dropout.place.line, dropout.rate), []).append(dropout)
    for group in alike.values():
        dropout = group[0]
        yield Suspicion(
            fault="dropout-too-strong",
            claim=f"dropout {dropout.rate:g} takes away most of the signal",
            place=dropout.place,
            saw=(Measure(name="drop rate", value=dropout.rate, expected="0.1 to 0.5"),),
            change=Change(name="bypass_call", arguments={"targets": [d.target for d in group]}),
            metric="held-out loss",
            fix=Fix(title=f"lower the rate (p is what is dropped, not what is kept): {1 - dropout.rate:.2g} or less"),
            oddness=max(0.2, (dropout.rate - 0.5) * 6),
            argument=("dropout", "p", "drop") if dropout.rate > 0.5 else (),  # else it is not the number that is odd
            value=dropout.rate,
            quiet=dropout.rate <= 0.5,
        )
