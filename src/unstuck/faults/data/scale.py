"""The two faults of the inputs' scale."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from typing import Any

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.provenance import Origins
from unstuck.trace.summaries import Batches, Leaf


@fault(stage="data")
def unnormalised_inputs(batches: Batches, origins: Origins) -> Iterator[Suspicion]:
    """inputs are far from zero mean and unit spread

    What it is:
        Pixels from 0 to 255, columns in their raw units.
    Why it hurts:
        The largest columns drown the others, first activations saturate, and no learning rate suits all weights.
    How it is found:
        Mean and spread of each input feature over the first batches.
    How it is proved:
        With standardised inputs the program learns materially more, at its own learning rate and at the best of the others.
        Where inputs are the target as well, both are rescaled, and what counts is the share of the target left unexplained.
    Fails:
        zoo/unnormalised-inputs/tumours.py
    Passes:
        the same programs with scaled inputs
    Look-alikes:
        Raw inputs into a batch norm, or with Adam, that learn all the same: measured harmless.
    Source:
        SYSTEM B2, SS17.
    """
    for leaf in _float_inputs(batches):
        low, high = leaf.feature_mean[0], leaf.feature_mean[2]  # type: ignore[index]
        spread = leaf.feature_std[2]  # type: ignore[index]
        centre = max(abs(low), abs(high))
        uneven = spread / max(leaf.feature_std[0], 1e-12) if leaf.features < 200 else 1.0  # type: ignore[index]
        if max(centre, spread) < 3 and not (uneven > 100 and spread > 1.5):
            continue
        yield Suspicion(
            fault="unnormalised-inputs",
            claim=f"inputs are not scaled: features with means up to {centre:.3g} and spreads up to {spread:.3g}",
            place=origins.place_of(leaf, "scale"),
            saw=(
                Measure(name="largest mean of an input feature", value=float(f"{centre:.3g}"), expected="about 0"),
                Measure(name="largest spread of an input feature", value=float(f"{spread:.3g}"), expected="about 1"),
            ),
            **_scaled(batches, leaf),
            fix=Fix(title="standardise the inputs with the training rows' mean and spread (pixels: / 255)"),
            related=origins.related(leaf, "scale"),
            oddness=max(log10(max(centre, spread, 1.0)), 0.3),
            explains=("saturated-activation", "learning-rate-too-high", "dead-relu"),
        )


@fault(stage="data")
def over_normalised_inputs(batches: Batches, origins: Origins) -> Iterator[Suspicion]:
    """inputs hardly vary: they were scaled twice

    What it is:
        Divided by 255 twice, or scaled by the wrong range: all values nearly the same.
    Why it hurts:
        The signal is drowned by the biases; gradients to the first layer are tiny.
    How it is found:
        The spread of the input features over the first batches.
    How it is proved:
        With standardised inputs the program learns materially more at its own learning rate. Where inputs are the target as
        well (autoencoders), both are rescaled, and what counts is the share of the target left unexplained.
    Fails:
        zoo/over-normalised-inputs/compose_cnn.py
    Passes:
        the same programs scaled once
    Look-alikes:
        Small inputs into a batch norm: measured harmless.
    Source:
        SYSTEM B2.
    """
    for leaf in _float_inputs(batches):
        spread = leaf.feature_std[1]  # type: ignore[index]
        if spread > 0.06 or leaf.feature_std[2] > 0.3:  # type: ignore[index]
            continue
        yield Suspicion(
            fault="over-normalised-inputs",
            claim=f"inputs hardly vary: the median spread of a feature is {spread:.2g}",
            place=origins.place_of(leaf, "scale"),
            saw=(Measure(name="median spread of an input feature", value=float(f"{spread:.3g}"), expected="about 1"),),
            **_scaled(batches, leaf),
            fix=Fix(title="scale once: find the second division and drop it"),
            related=origins.related(leaf, "scale"),
            contradicts=True,
            oddness=log10(0.3 / max(spread, 1e-12)),
            explains=("learning-rate-too-low",),
        )


def _float_inputs(batches: Batches) -> list[Leaf]:
    entering = (*batches.inputs, *batches.rescaled)
    return [leaf for leaf in entering if leaf.is_float and leaf.feature_std and leaf.feature_mean]


def _scaled(batches: Batches, leaf: Leaf) -> dict[str, Any]:
    """Standardised; what the outputs are compared with as well keeps its sign and its zero, and is measured by its share."""
    leaves = batches.named(leaf)
    if "target" not in leaf.roles:
        return {"change": Change(name="standardise_inputs", arguments={"leaves": leaves})}
    largest = max(max(abs(batch["min"]), abs(batch["max"])) for batch in leaf.batches)
    factor = float(f"{1 / max(largest, 1e-30):.3g}")
    return {
        "change": Change(name="rescale_inputs", arguments={"leaves": leaves, "factor": factor}),
        "metric": "unexplained",
    }
