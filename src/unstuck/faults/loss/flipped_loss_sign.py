"""The program goes uphill."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.curve import Curve
from unstuck.trace.places import place
from unstuck.trace.summaries import Losses, Optimizers


@fault(stage="loss")
def flipped_loss_sign(losses: Losses, optimizers: Optimizers, curve: Curve) -> Iterator[Suspicion]:
    """training makes the error larger: the sign of the loss is turned round

    What it is:
        The loss is negated, or maximised, although a small value is what is wanted.
    Why it hurts:
        Every step makes the model worse; the printed loss may even look as if it fell.
    How it is found:
        A known loss enters what is minimised with a minus sign, the optimizer maximises, or the loss grows without end.
    How it is proved:
        A universe with the gradient's sign turned must shrink the same loss that grows now.
    Fails:
        zoo/flipped-loss-sign/gaussian_forecast.py
    Passes:
        the same program with the sign put right
    Look-alikes:
        Negative log-likelihood of a density, policy gradients, an adversary's loss, WGAN critics: turning the sign makes
        them worse, so nothing is reported.
    Source:
        SYSTEM O1a, B0.2 P-SIGN.
    """
    if not curve.values or not curve.site.path:
        return
    negated = [name for graph in losses.graphs.values() for name, sign in graph["signs"].items() if sign < 0]
    maximised = any(group.get("maximize") for o in optimizers.stepping for group in o.groups)
    first, last = curve.first, curve.last
    grows = not isfinite(last) or abs(last) > 1.2 * abs(first)
    if not (negated or maximised or grows or min(curve.values) < 0):
        return
    made = next((graph["made"] for graph in losses.graphs.values() if graph["made"]), None)
    where = place(made) if made else curve.site
    where = next((o.place for o in optimizers.stepping if any(g.get("maximize") for g in o.groups)), where)
    yield Suspicion(
        fault="flipped-loss-sign",
        claim="every step makes the error larger: the loss has the wrong sign",
        place=where,
        saw=(Measure(name="loss, first → last", value=f"{first:.3g} → {last:.3g}", expected="its size shrinks"),),
        change=Change(name="negate_loss"),
        metric="size of the loss",
        fix=Fix(title="minimise the loss itself: drop the minus sign (or maximize=True)", applies="probably"),
        related=(curve.site,),
        oddness=3.0 if negated or maximised else 1.0,
        quiet=not (negated or maximised),
        explains=("learning-rate-too-high",),
    )
