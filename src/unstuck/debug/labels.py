"""What labels are worth: given ones against shuffled ones, a row's own against its neighbours'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from unstuck.debug.cases import Case, curves_of, replace_state
from unstuck.debug.lab import Lab
from unstuck.experiment import judge
from unstuck.experiment.judge import Effect
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change, Measure, Suspicion

ENOUGH_ROWS = 100
"""Of fewer rows nothing can be learnt that holds for others: one batch that is overfitted on purpose, say."""
SPENT = "the budget was spent before it could be tried for longer"


def worth(lab: Lab, suspicion: Suspicion, *, early: int, stuck: str) -> Case:
    """Given labels against shuffled ones on held-out rows, for as long as may be: neither better is unrelated.

    `early`: a number of steps before it began to overfit; `stuck`: why nothing is learnt at all, if so.
    """
    assert suspicion.change is not None
    case = Case(suspicion, why="no rows could be held out", metric="held-out loss")
    for ticks in dict.fromkeys((lab.ticks, early, lab.longest(), lab.late())):
        if ticks > lab.ticks and not lab.left():
            return replace_state(case, "undecided", SPENT)
        control, shuffled = lab.held_out(ticks=ticks), lab.held_out(suspicion.change, ticks=ticks)
        lab.run([control, shuffled], "labels against shuffled ones")
        pairs = _label_pairs(lab, control, shuffled)
        if not pairs:
            return case
        given, other = pairs[0]
        case.effect = Effect(mean(given), mean(other), 0.0, 0.0, judge.paired_interval(given, other))
        case.curves = curves_of(lab.curve(control), lab.curve(shuffled))
        if any(_better(g, s) for g, s in pairs):
            return replace_state(case, "harmless", "")
    if case.effect is not None and not case.effect.control <= 5 * abs(case.effect.treated):  # or NaN
        words = "training on the given labels explodes: nothing can be said of them"
        return replace_state(case, "undecided", words)
    if (rows := lab.result(lab.held_out()).extra.get("notes", {}).get("distinct rows", 0)) < ENOUGH_ROWS:
        return replace_state(case, "undecided", f"{rows} rows are too few to tell")
    inputs = lab.batches.inputs if lab.batches else ()
    if all(not leaf.is_float and len(leaf.shape) < 2 for leaf in inputs):
        return replace_state(case, "undecided", "rows are known by a number alone: others tell little of them")
    return replace_state(case, "undecided", stuck) if stuck else replace_state(case, "hurts", "")


def are_used(lab: Lab, shuffle: Change, other: Change) -> bool:
    """Whether given labels do better than shuffled ones where another change is made as well."""
    ticks = lab.longest()
    given, shuffled = lab.held_out(other, ticks=ticks), lab.held_out(other, shuffle, ticks=ticks)
    lab.run([given, shuffled], "labels against shuffled ones")
    return any(_better(g, s) for g, s in _label_pairs(lab, given, shuffled))


def _label_pairs(lab: Lab, control: Universe, shuffled: Universe) -> list[tuple[list[float], list[float]]]:
    """Losses with given and with shuffled labels, of rows that were not trained on: held out, or never seen before."""
    given, other = lab.probe_values(control), lab.probe_values(shuffled)
    if not given or not other:
        return []
    pairs = [(given, other)]
    fresh = lab.result(control).extra.get("notes", {}).get("fresh until", len(lab.curve(control)) - control.probes)
    if fresh >= 10:
        half = fresh // 2
        pairs.append((lab.curve(control)[half:fresh], lab.curve(shuffled)[half:fresh]))
    return pairs


def worth_by_row(lab: Lab, suspicion: Suspicion, universe: Universe) -> Case:
    """A stretch of stored rows whose labels are worth nothing, while the others' are; then left out."""
    assert suspicion.change is not None
    rows = [row for row in lab.result(universe).extra.get("rows", []) if row[0] >= 0]
    stretch = judge.unrelated_stretch([tuple(row) for row in rows])
    if stretch is None:
        return Case(
            suspicion, state="harmless" if rows else "not-run", why="" if rows else "no row is known by its place"
        )
    change = replace(
        suspicion.change, arguments={**suspicion.change.arguments, "first": stretch.first, "last": stretch.last}
    )
    without = lab.row_by_row(change)
    again = lab.result(without).extra.get("rows", [])
    before, after = _outside(rows, stretch), _outside(again, stretch)
    worse = not after or mean(after) > 1.05 * mean(before)
    suspicion = replace(
        suspicion,
        change=change,
        claim=f"rows {stretch.first} to {stretch.last} of the stored data have labels of other rows",
        saw=(
            Measure(name="what a row's own label is worth, in those rows", value=f"{stretch.inside:.0%}",
                    expected=f"{stretch.outside:.0%}, as in the other rows"),
        ),
    )  # fmt: skip
    effect = Effect(mean(before), mean(after), 0.0, stretch.share, None)
    curves = curves_of(lab.curve(universe), lab.curve(without))
    return Case(
        suspicion, effect=effect, metric="loss of the other rows", curves=curves,
        state="undecided" if worse else "hurts", why="the other rows are predicted worse without them" if worse else "",
    )  # fmt: skip


def _better(given: list[float], shuffled: list[float]) -> bool:
    """Whether the given labels do better: by one per cent and beyond the noise of the pairs, or by far."""
    interval = judge.paired_interval(given, shuffled, share=1.0)
    gain = (mean(shuffled) - mean(given)) / abs(mean(shuffled))
    return gain > 0.3 or (gain > 0.01 and interval is not None and interval[0] > 0)


def _outside(rows: Sequence[Sequence[float]], stretch: judge.Stretch) -> list[float]:
    """Losses of the rows that stand outside a stretch."""
    return [row[1] for row in rows if not stretch.first <= row[0] <= stretch.last]


def mean(values: Sequence[float]) -> float:
    """Infinite of nothing."""
    return sum(values) / len(values) if values else inf
