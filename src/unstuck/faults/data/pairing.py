"""Inputs and labels that do not belong together."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Suspicion
from unstuck.faults import fault
from unstuck.trace.loaders import Loaders
from unstuck.trace.summaries import Batches


@fault(stage="data")
def labels_unrelated_to_inputs(batches: Batches, loaders: Loaders) -> Iterator[Suspicion]:
    """the labels have nothing to do with the inputs

    What it is:
        Two lists sorted apart, shuffled apart, shifted by a row, or the labels of another file.
    Why it hurts:
        There is nothing to learn but the frequency of the labels; a large model memorises.
    How it is found:
        Tried as a matter of course: training on labels of other rows.
    How it is proved:
        On held-out rows the program does no better with the given labels than with shuffled ones, while it can memorise a
        batch.
    Fails:
        zoo/labels-unrelated-to-inputs
    Passes:
        the same programs with pairs that belong together
    Look-alikes:
        Noisy labels, hard tasks: a little better than shuffled is better.
    Source:
        SYSTEM O3a, O4e, O7, P-INPUT.
    """
    if not batches.targets or not batches.inputs:
        return
    yield Suspicion(
        fault="labels-unrelated-to-inputs",
        claim="labels have nothing to do with the inputs: shuffled ones do as well on held-out rows",
        place=loaders.place_of(batches.targets[0]),
        change=Change(name="shuffle_labels", arguments={"leaves": batches.named(*batches.targets)}),
        metric="held-out loss",
        fix=Fix(title="check how inputs and labels are paired: print ten of each with their keys"),
        related=loaders.related(batches.targets[0]),
        oddness=0.5,
        quiet=True,
        when_failing=True,
    )
