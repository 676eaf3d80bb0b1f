"""What speaks against a verdict although its numbers are clear: then nothing is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isclose, isfinite
from typing import Any

from unstuck.debug import labels
from unstuck.debug.cases import UNRELATED, Case
from unstuck.debug.lab import Lab
from unstuck.experiment import judge
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change

SHAM = Change(name="sham")
OF_STEPS = frozenset({"scale_learning_rate", "scale_updates", "set_group_values", "drop_clipping", "hold_schedule"})
"""Changes of the steps alone: they touch no data and draw no random numbers."""


def labels_in_runs(cases: list[Case]) -> None:
    """Rows that come in runs keep a program from using any labels: as long as that was not tried, nothing is said."""
    if any(c.fault == "not-shuffled" and c.state == "not-run" for c in cases):
        for case in cases:
            if case.fault == UNRELATED and case.state == "hurts":
                case.state, case.why = "undecided", "rows come in runs, and no other order could be tried"
    if any(c.fault == "not-shuffled" and (c.effect is None or c.effect.gains) for c in cases):
        for case in cases:
            if case.suspicion.metric == "worth of labels by row" and case.state == "hurts":
                case.state, case.why = "undecided", "rows come in runs: those of a stretch may have been forgotten"


def labels_without_what_is_odd(lab: Lab, cases: list[Case]) -> None:
    """What was not tried as long as the program trains may be what keeps it from using any labels: undo it, and look again."""
    odd = [
        c for c in cases
        if c.state == "harmless" and not c.suspicion.quiet and c.suspicion.change and c.effect is not None
    ]  # fmt: skip
    rival = max(odd, key=lambda c: c.effect.of_range if c.effect else 0.0, default=None)
    for case in cases:
        if case.fault != UNRELATED or case.state != "hurts" or rival is None:
            continue
        assert case.suspicion.change is not None
        assert rival.suspicion.change is not None
        if not lab.left():
            case.state, case.why = "undecided", labels.SPENT
        elif labels.are_used(lab, case.suspicion.change, rival.suspicion.change):
            case.state, case.why = "undecided", f"they are worth something once {rival.fault} is undone"


def what_the_sham_moves(lab: Lab, control: Universe, cases: list[Case]) -> float:
    """A change that must do nothing must do nothing: by how much it moves the curve is the floor of every effect."""
    as_it_is, sham = lab.curve(control), lab.curve(lab.stream(SHAM))
    same = [a == b or (a != a and b != b) for a, b in zip(as_it_is, sham, strict=False)]
    if all(same) and len(as_it_is) == len(sham):
        return 0.0
    floor = abs(judge.level(sham) - judge.level(as_it_is))
    for case in cases:
        if case.state == "hurts" and case.effect is not None:
            gain = abs(case.effect.control - case.effect.treated)
            if not isfinite(floor) or gain < 3 * floor:
                case.state, case.why = "undecided", f"a change that does nothing moves the loss by {floor:.3g}"
    return floor


def data_that_answer(lab: Lab, cases: list[Case]) -> None:
    """Where rows depend on what the model does (a policy's rewards), the losses of two runs are of different tasks."""
    for case in cases:
        change = case.suspicion.change
        if case.state != "hurts" or case.suspicion.contradicts or change is None or change.name not in OF_STEPS:
            continue
        look = replace(lab.stream(change), ticks=lab.watched(), full=lab.watched())
        if not _same(lab.scout.record, lab.result(look).record):
            case.state, case.why = "undecided", "the data depend on what the model does: two runs cannot be compared"


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two records saw the same targets come in, as far as both looked.

    What a model made before (a state that is carried on, a teacher's answer) is no task: only what is stored or comes from
    outside of torch counts.
    """
    seen = {repr(entry["leaf"]): entry["batches"] for entry in other.get("data") or []}
    return all(
        isclose(a[number], b[number], rel_tol=1e-6, abs_tol=1e-9)
        for entry in one.get("data") or []
        if "target" in entry["roles"] and _comes_from_outside(entry["leaf"])
        for a, b in zip(entry["batches"], seen.get(repr(entry["leaf"]), []), strict=False)
        for number in ("mean", "std", "min", "max")
    )


def _comes_from_outside(leaf: Mapping[str, Any]) -> bool:
    made = ("tensor", "as_tensor", "from_numpy", "frombuffer", "stack", "__getitem__", "index_select")
    return leaf["source"] == "loader" or (leaf["source"] == "call" and leaf["target"]["function"] in made)
