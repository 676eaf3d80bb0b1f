"""Weight decay or a penalty outweighs the data."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.curve import Curve
from unstuck.trace.places import place
from unstuck.trace.summaries import Losses, Optimizers


@fault(stage="optim")
def regularisation_too_strong(optimizers: Optimizers, losses: Losses, curve: Curve) -> Iterator[Suspicion]:
    """weight decay or a penalty outweighs the data

    What it is:
        Weights are pulled to zero harder than the data pull them away.
    Why it hurts:
        The model shrinks to a constant.
    How it is found:
        Weight decay above 0.005, or a summand of the loss that depends on parameters alone.
    How it is proved:
        Without it, held-out rows are predicted materially better (the training loss would always fall: it proves nothing).
    Fails:
        zoo/regularisation-too-strong/digits_decay.py
    Passes:
        the same programs with a usual strength
    Look-alikes:
        Decay that costs training loss and helps, or does nothing, on held-out rows.
    Source:
        SYSTEM O4c, P-REG.
    """
    for optimizer in optimizers.stepping:
        decay = max((float(group.get("weight_decay") or 0.0) for group in optimizer.groups), default=0.0)
        if decay > 0.005:
            yield Suspicion(
                fault="regularisation-too-strong",
                claim=f"weight decay {decay:g} outweighs the data",
                place=optimizer.place,
                saw=(Measure(name="weight_decay", value=decay, expected="0 to 0.1"),),
                change=Change(name="set_group_values", arguments={"values": {"weight_decay": 0.0}}),
                metric="held-out loss",
                fix=Fix(title="weight_decay=0, then raise it while held-out rows gain", applies="probably"),
                argument=("weight_decay",),
                value=decay,
                oddness=1.0 + log10(decay / 0.005),
            )
    for graph in losses.graphs.values():
        penalty = graph.get("penalty")
        if penalty and penalty.get("target"):
            yield Suspicion(
                fault="regularisation-too-strong",
                claim="a penalty on the weights outweighs the data",
                place=place(penalty["site"]),
                saw=(Measure(name="summand of the loss that depends on parameters alone", value=1),),
                change=Change(
                    name="bypass_call", arguments={"targets": [penalty["target"]], "argument": 1 - penalty["operand"]}
                ),
                metric="held-out loss",
                fix=Fix(title="scale the penalty down until held-out rows gain"),
                argument=("penalty",),
                oddness=1.5,
            )
