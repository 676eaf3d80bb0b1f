"""The two faults of the learning rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import ByHand, Optimizer, Optimizers, Updates

FAR_APART = 300.0
"""Times by which the rates of two groups of one optimizer may differ without a word."""


@fault(stage="optim")
def learning_rate_too_high(optimizers: Optimizers, updates: Updates, by_hand: ByHand) -> Iterator[Suspicion]:
    """steps are too long: the loss explodes, oscillates or is thrown onto a plateau

    What it is:
        The learning rate moves the weights farther than the loss is well behaved.
    Why it hurts:
        Each step overshoots; the loss explodes, saws, or units die and it stays flat.
    How it is found:
        Tried as a matter of course: a tenth and a hundredth of the rate.
    How it is proved:
        The program as it is learns less than two fifths of what it learns with the smaller rate, or its own steps make one batch
        worse and most of the loss that is left at its end goes; no more special change does as much at the rate as it is.
    Fails:
        zoo/learning-rate-too-high/landmark_mlp.py
    Passes:
        the same programs at their proper rate
    Look-alikes:
        A rate that looks high and works (0.5 with SGD, 0.1 with Adam): measured harmless. Unscaled inputs, a sum for a
        loss, momentum near one: those are named instead when they cure it.
    Source:
        SYSTEM O1b, O2b, O3b, P-LR.
    """
    yield from _scaled("learning-rate-too-high", optimizers, updates, by_hand, (0.1, 0.01), "too high")
    yield from _far_from_the_rest("learning-rate-too-high", optimizers)


@fault(stage="optim")
def learning_rate_too_low(optimizers: Optimizers, updates: Updates, by_hand: ByHand) -> Iterator[Suspicion]:
    """steps are too short: the loss hardly moves

    What it is:
        The learning rate is so small that training gets nowhere in the steps there are.
    Why it hurts:
        Time is spent and nothing learnt.
    How it is found:
        Tried as a matter of course: ten and a hundred times the rate.
    How it is proved:
        Over the whole run that was watched the program learns less than two fifths of what it learns with the larger rate.
    Fails:
        zoo/learning-rate-too-low/cancer_sgd.py
    Passes:
        the same programs at their proper rate
    Look-alikes:
        Warm-up from zero (the whole run is judged), fine-tuning that starts good (better than a constant: no symptom).
    Source:
        SYSTEM O4a, O12.
    """
    yield from _scaled("learning-rate-too-low", optimizers, updates, by_hand, (10.0, 100.0, 1000.0), "too low")
    yield from _far_from_the_rest("learning-rate-too-low", optimizers)


def _scaled(
    slug: str, optimizers: Optimizers, updates: Updates, by_hand: ByHand, factors: tuple[float, ...], word: str
) -> Iterator[Suspicion]:
    main = optimizers.main
    if main is None and by_hand.updates:
        yield from _written_out(slug, by_hand, factors, word)
    if main is None or not main.rate:
        return
    ratio = updates.median_ratio()
    for factor in factors:
        yield Suspicion(
            fault=slug,
            claim=f"learning rate {main.rate:.3g} is {word} for this program",
            place=replace(main.place, object=main.kind),
            saw=(
                *((Measure(name="median |update| / |weight| a step", value=round(ratio, 8),
                           expected="about 1e-3 (SYSTEM O12)"),) if ratio is not None else ()),
            ),
            change=Change(name="scale_learning_rate", arguments={"factor": factor}),
            fix=Fix(title=f"lr={main.rate * factor:.3g}", applies="probably"),
            oddness=_oddness(main),
            argument=("lr",),
            value=main.rate if len(main.rates) <= 1 else None,  # a schedule sets another
            quiet=True,
            when_failing=not 0.05 < factor < 20,
        )  # fmt: skip


def _far_from_the_rest(slug: str, optimizers: Optimizers) -> Iterator[Suspicion]:
    """One group whose rate is hundreds of times the others', or a fraction of it: with theirs it must learn more.

    A pretrained part that is to move slowly gets a tenth or a hundredth.
    """
    main = optimizers.main
    rates = [float(group.get("lr", 0.0)) for group in main.groups] if main is not None else []
    usual = sorted(rate for rate in rates if rate > 0)
    if main is None or len(usual) < 2 or usual[-1] < FAR_APART * usual[0]:
        return
    low = slug == "learning-rate-too-low"
    index, other = (rates.index(usual[0]), usual[-1]) if low else (rates.index(usual[-1]), usual[0])
    yield Suspicion(
        fault=slug,
        claim=f"the learning rate {rates[index]:.3g} of group {index} is too {'low' if low else 'high'} beside {other:.3g}",
        place=replace(main.place, object=main.kind),
        saw=(
            Measure(name=f"learning rate of group {index}", value=rates[index], expected=f"as the others: {other:.3g}"),
        ),
        change=Change(
            name="scale_learning_rate",
            arguments={"factor": other / rates[index], "group": index, "optimizer": optimizers.all.index(main)},
        ),
        fix=Fix(title=f"lr={other:.3g} in that group, too", applies="probably"),
        oddness=2.0,
        argument=("lr",),
        value=rates[index],
    )


def _written_out(slug: str, by_hand: ByHand, factors: tuple[float, ...], word: str) -> Iterator[Suspicion]:
    """The same for an update that the program itself writes into its parameters."""
    for factor in factors:
        yield Suspicion(
            fault=slug,
            claim=f"the steps taken here are too {'long' if factor < 1 else 'short'}: the rate is {word}",
            place=by_hand.updates[0],
            change=Change(name="scale_updates", arguments={"factor": factor}),
            fix=Fix(title=f"multiply the rate by {factor:g}", applies="probably"),
            related=by_hand.updates[1:3],
            oddness=0.0,
            quiet=True,
            when_failing=not 0.05 < factor < 20,
        )


def _oddness(optimizer: Optimizer) -> float:
    """Decades outside the usual range of this optimizer."""
    from math import log10

    low, high = (1e-4, 1e-2) if "Ada" in optimizer.kind or optimizer.kind == "RMSprop" else (1e-3, 0.5)
    rate = max(optimizer.rate, 1e-30)
    return max(0.0, log10(low / rate), log10(rate / high))
