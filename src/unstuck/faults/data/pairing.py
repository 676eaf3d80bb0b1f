"""Inputs and labels that do not belong together."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Suspicion
from unstuck.faults import fault
from unstuck.trace.provenance import Origins
from unstuck.trace.summaries import Batches


@fault(stage="data")
def labels_unrelated_to_inputs(batches: Batches, origins: Origins) -> Iterator[Suspicion]:
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
        zoo/labels-unrelated-to-inputs/digits_twice.py
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
        place=origins.place_of(batches.targets[0], "pairing"),
        change=Change(name="shuffle_labels", arguments={"leaves": batches.named(*batches.targets)}),
        metric="worth of labels",
        fix=Fix(title="check how inputs and labels are paired: print ten of each with their keys"),
        related=origins.related(batches.targets[0], "pairing"),
        oddness=0.5,
        quiet=True,
    )


@fault(stage="data")
def misaligned_pairs(batches: Batches, origins: Origins) -> Iterator[Suspicion]:
    """a part of the rows has labels of other rows

    What it is:
        From some row on one list is shifted against the other, a block is reversed or permuted: those pairs are wrong.
    Why it hurts:
        The model learns from the sound rows and is pulled away by the rest; the loss stops far above what is possible.
    How it is found:
        Tried as a matter of course: on held-out rows, by their place in the stored data, is a row's own label worth more
        than a neighbour's?
    How it is proved:
        In one stretch of the stored rows labels are worth nothing, outside of it they are; with that stretch left out,
        the other rows are predicted no worse.
    Fails:
        zoo/misaligned-pairs/turbine_regression
    Passes:
        the same programs with their rows paired
    Look-alikes:
        Noise that is everywhere, rows that are harder but whose labels still help.
    Source:
        SYSTEM O3a, O4e.
    """
    if not batches.targets or not batches.inputs:
        return
    leaves = [leaf for leaf in batches.leaves if leaf.roles]
    yield Suspicion(
        fault="misaligned-pairs",
        claim="a part of the rows has labels of other rows",
        place=origins.place_of(batches.targets[0], "pairing"),
        change=Change(name="leave_rows_out", arguments={"leaves": batches.named(*leaves), "first": 0, "last": -1}),
        metric="worth of labels by row",
        fix=Fix(title="pair inputs and labels by key, not by position: a row was dropped or moved in one of them"),
        related=origins.related(batches.targets[0], "pairing"),
        oddness=1.0,
        quiet=True,
    )
