"""The program goes uphill."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, prod

from unstuck.facts import Change, Fix, Measure, Place, Suspicion
from unstuck.faults import fault
from unstuck.trace.curve import Curve
from unstuck.trace.places import place
from unstuck.trace.summaries import Batches, Losses, Optimizers


@fault(stage="loss")
def flipped_loss_sign(losses: Losses, optimizers: Optimizers, curve: Curve, batches: Batches) -> Iterator[Suspicion]:
    """training makes the error larger: the sign of the loss is turned round

    What it is:
        The loss is negated, or maximised, although a small value is what is wanted.
    Why it hurts:
        Every step makes the model worse; the printed loss may even look as if it fell.
    How it is found:
        A known loss enters what is minimised with a minus sign, a likeness to a fixed target with a plus sign, the optimizer
        maximises, or the loss grows without end.
    How it is proved:
        A universe with the gradient's sign turned must shrink the same loss that grows now; with the likeness turned, predictions
        and targets must become alike. Pairs that are pulled together or pushed apart by a label must be learnt
        with the two kinds exchanged. Of a loss made by hand: the answers that the targets themselves are must cost more than
        their opposite, those of other rows, noisy and exaggerated ones.
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
    yield from _agreement_minimised(losses)
    yield from _kinds_exchanged(losses, batches)
    if not curve.values or not curve.site.path:
        return
    if min(curve.values) >= 0:
        yield from _rivals_exchanged(losses)
    yield from _right_answers_punished(losses, curve, batches)
    negated = [name for graph in losses.graphs.values() for name, sign in graph["signs"].items() if sign < 0]
    maximised = any(group.get("maximize") for o in optimizers.stepping for group in o.groups)
    first, last = curve.first, curve.last
    grows = not isfinite(last) or abs(last) > 1.2 * abs(first)
    if not (negated or maximised or grows or min(curve.values) < 0):
        return
    turned = [site for graph in losses.graphs.values() for site in graph.get("turned", ())]
    made = _made(losses)
    where = next(iter((*map(place, turned), *made)), curve.site)
    where = next((o.place for o in optimizers.stepping if any(g.get("maximize") for g in o.groups)), where)
    yield Suspicion(
        fault="flipped-loss-sign",
        claim="every step makes the error larger: the loss has the wrong sign",
        place=where,
        saw=(Measure(name="loss, first → last", value=f"{first:.3g} → {last:.3g}", expected="its size shrinks"),),
        change=Change(name="negate_loss"),
        metric="size of the loss",
        fix=Fix(title="minimise the loss itself: drop the minus sign (or maximize=True)", applies="probably"),
        related=tuple(p for p in (*made[:1], curve.site) if p != where),
        oddness=3.0 if negated or maximised else 1.0,
        quiet=not (negated or maximised),
        explains=("learning-rate-too-high",),
    )


def _made(losses: Losses) -> list[Place]:
    """The lines whose results are minimised."""
    return [place(graph["made"]) for graph in losses.graphs.values() if graph["made"]]


def _agreement_minimised(losses: Losses) -> Iterator[Suspicion]:
    """One term among others may have the wrong sign, while their sum falls."""
    for agreement in losses.agreements:
        if agreement.sign > 0:
            yield Suspicion(
                fault="flipped-loss-sign",
                claim="training makes predictions unlike their targets: the cosine similarity is minimised",
                place=agreement.place,
                saw=(Measure(name="sign of the similarity in the loss", value="+", expected="− (1 − similarity)"),),
                change=Change(name="negate_call", arguments={"target": agreement.target}),
                metric="disagreement",
                fix=Fix(title="minimise 1 − similarity, or the negative similarity", applies="probably"),
                oddness=3.0,
            )


def _right_answers_punished(losses: Losses, curve: Curve, batches: Batches) -> Iterator[Suspicion]:
    """A loss that is made by hand of answers and one target each: what does it say to right answers?"""
    targets = [leaf for leaf in batches.targets if not leaf.is_drawn and not leaf.is_constant]
    if losses.calls or len(targets) != 1:
        return
    yield Suspicion(
        fault="flipped-loss-sign",
        claim="right answers cost more than any others: the loss has the wrong sign",
        place=next(iter(_made(losses)), curve.site),
        change=Change(name="answer_with_target", arguments={"leaf": targets[0].leaf, "form": "right"}),
        metric="right answers",
        fix=Fix(title="minimise what is large for wrong answers: turn the sign of the likeness", applies="probably"),
        related=(curve.site,),
        oddness=1.0,
        quiet=True,
        explains=("learning-rate-too-high",),
    )


def _rivals_exchanged(losses: Losses) -> Iterator[Suspicion]:
    """`relu(near - far + margin)`: which of the two is to be the smaller one?"""
    for rivals in [r for graph in losses.graphs.values() for r in graph.get("rivals", ()) if not r["target"]["module"]]:
        yield Suspicion(
            fault="flipped-loss-sign",
            claim="what is to be near and what is to be far are exchanged: nothing can satisfy the loss",
            place=place(rivals["site"]),
            change=Change(name="exchange_operands", arguments={"target": rivals["target"]}),
            fix=Fix(title="exchange the two: of distances near - far, of likenesses far - near", applies="probably"),
            oddness=1.0,
            quiet=True,
            when_failing=True,
        )


def _kinds_exchanged(losses: Losses, batches: Batches) -> Iterator[Suspicion]:
    """Two kinds of rows (alike or not) that the loss treats differently: each as the other should be?

    A loss of torch's own treats the two kinds of a label as it should.
    """
    if losses.calls or len(batches.goals) != 1:
        return  # beside another target it may be a weight
    for leaf in batches.targets:
        values = {int(value) for batch in leaf.batches for value in batch.get("classes", {})}
        if prod(leaf.shape[1:]) != 1:
            continue  # a mask of entries
        if values not in ({0, 1}, {-1, 1}):
            continue
        yield Suspicion(
            fault="flipped-loss-sign",
            claim="what the loss does to the two kinds of rows is exchanged: alike ones are pushed apart",
            place=next(iter(_made(losses)), place(None)),
            change=Change(name="swap_labels", arguments={"leaves": batches.named(leaf), "total": float(sum(values))}),
            fix=Fix(title="exchange the two cases of the loss, or 0 and 1 of the label", applies="probably"),
            oddness=1.0,
            quiet=True,
        )
