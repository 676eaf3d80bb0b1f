"""Momentum so near one that the steps run away."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import Optimizers


@fault(stage="optim")
def momentum_too_high(optimizers: Optimizers) -> Iterator[Suspicion]:
    """momentum is so near one that steps run away

    What it is:
        With momentum m the steps add up to 1/(1 − m) times their length: 0.99 is a hundred times the learning rate.
    Why it hurts:
        The loss oscillates or explodes although the learning rate alone would be fine.
    How it is found:
        Momentum or Adam's first beta above 0.95.
    How it is proved:
        At the same learning rate the program learns with momentum 0.9.
    Fails:
        zoo/momentum-too-high/digits_mlp.py
    Passes:
        the same programs with 0.9
    Look-alikes:
        High momentum with a small rate, one-cycle schedules: measured harmless.
    Source:
        SYSTEM O3b.
    """
    for optimizer in optimizers.stepping:
        momentum = optimizer.momentum
        if momentum <= 0.95:
            continue
        betas = optimizer.groups[0].get("betas")
        values = {"betas": [0.9, betas[1]]} if betas else {"momentum": 0.9}
        yield Suspicion(
            fault="momentum-too-high",
            claim=f"momentum {momentum:g} makes the steps {1 / max(1e-9, 1 - momentum):.0f} times as long",
            place=optimizer.place,
            saw=(Measure(name="beta1" if betas else "momentum", value=momentum, expected="about 0.9"),),
            change=Change(name="set_group_values", arguments={"values": values}),
            fix=Fix(title="betas=(0.9, …)" if betas else "momentum=0.9", applies="probably"),
            argument=("betas", "momentum"),
            value=momentum,
            oddness=2.0,
            explains=("learning-rate-too-high",),
        )
