"""Gradients of earlier steps are still there."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.curve import Curve
from unstuck.trace.summaries import ByHand, Optimizers, Updates


@fault(stage="optim")
def missing_zero_grad(updates: Updates, optimizers: Optimizers, by_hand: ByHand, curve: Curve) -> Iterator[Suspicion]:
    """gradients add up over steps: nothing clears them before backward()

    What it is:
        `backward()` adds to `.grad`; without `zero_grad()` each step follows the sum of all gradients so far.
    Why it hurts:
        The sum grows and points to the past: the loss oscillates or explodes; Adam hides it and still learns badly.
    How it is found:
        At every backward after a step the gradients of the optimizer's parameters are not zero.
    How it is proved:
        A universe that clears them first must do better.
    Fails:
        zoo/missing-zero-grad/digits_conv.py
    Passes:
        the same programs with `optimizer.zero_grad()`
    Look-alikes:
        Accumulation over several batches: there the gradients are cleared after each step.
    Source:
        SYSTEM O13.
    """
    often_cleared = updates.cleared > updates.stale / 2  # an adversary's gradients, which it clears before its own step
    if updates.stale < 3 or often_cleared or not (optimizers.main or by_hand.updates):
        return
    norms = updates.global_norms
    step = optimizers.main.step_place if optimizers.main else by_hand.updates[0]
    gathers = optimizers.main is None or curve.ticks > 1.5 * optimizers.main.steps
    place, other = (step, curve.site) if gathers and step.line else (curve.site, step)
    lines = (*by_hand.clearing[:1], place, other)  # what was meant to clear them, and does not, comes first
    yield Suspicion(
        fault="missing-zero-grad",
        claim="gradients add up over steps: nothing clears them before backward()",
        place=lines[0],
        saw=(
            Measure(
                name="steps that began with gradients of earlier ones",
                value=updates.stale,
                unit=f"of {updates.stale + updates.cleared}",
                expected="0 (backward adds to .grad)",
            ),
            *(
                (Measure(name="gradient norm, first → last", value=f"{norms[0]:.2g} → {norms[-1]:.2g}"),)
                if norms
                else ()
            ),
        ),
        change=Change(name="clear_gradients_first"),
        contradicts=True,
        fix=Fix(
            title="clear the gradients after each step: optimizer.zero_grad()"
            if gathers
            else "clear the gradients in each step: optimizer.zero_grad() before loss.backward()",
            applies="probably",
        ),
        related=(*lines[1:], *by_hand.updates[1:2]),
        oddness=3.0,
        explains=("learning-rate-too-high", "momentum-too-high"),
    )
