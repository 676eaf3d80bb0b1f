"""NaN or infinity in the data."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.provenance import Origins
from unstuck.trace.summaries import Batches


@fault(stage="data")
def non_finite_data(batches: Batches, origins: Origins) -> Iterator[Suspicion]:
    """the data hold NaN or infinity

    What it is:
        Missing values, a division by zero or an overflow in the preparation.
    Why it hurts:
        One such value makes the loss NaN, one step later every weight.
    How it is found:
        Values of every leaf of the batches, at the first steps and around the step where the loss stops being finite.
    How it is proved:
        With those rows left out the loss stays finite.
    Fails:
        zoo/non-finite-data/bike_csv.py
    Passes:
        the same programs on clean rows
    Look-alikes:
        Missing targets that the program masks: the loss stays finite, nothing is reported.
    Source:
        SYSTEM O2a, B5.
    """
    bad = [
        leaf
        for leaf in batches.leaves
        if leaf.roles & {"input", "target"} and any(b["non_finite"] for b in leaf.batches)
    ]
    if not bad:
        return
    worst = bad[0]
    count = sum(b["non_finite"] for b in worst.batches)
    what = "inputs" if "input" in worst.roles else "targets"
    yield Suspicion(
        fault="non-finite-data",
        claim=f"{what} hold NaN or infinity",
        place=origins.place_of(worst, "values"),
        saw=(
            Measure(
                name=f"values of the {what} that are not finite, in the batches watched", value=count, expected="0"
            ),
        ),
        change=Change(
            name="leave_bad_rows_out",
            arguments={"leaves": batches.named(*[leaf for leaf in batches.leaves if leaf.roles])},
        ),
        metric="finite loss",
        fix=Fix(title="find the rows with torch.isfinite and leave them out, or fill them in on purpose"),
        related=origins.related(worst, "values"),
        oddness=3.0,
        explains=("learning-rate-too-high", "non-finite-loss"),
    )
