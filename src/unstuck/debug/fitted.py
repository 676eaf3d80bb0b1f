"""What a program has fitted in the end, of the rows it is trained on: for where none can be held out.

In eval mode, and without a further step: whether dropout lets the rows be fitted at all, and whether what came first is forgotten.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from unstuck.debug.cases import Case, curves_of, replace_state
from unstuck.debug.lab import Lab
from unstuck.debug.yardstick import loss_in_eval_mode
from unstuck.experiment import judge
from unstuck.experiment.judge import Scale
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change, Suspicion


def fitted(lab: Lab, suspicion: Suspicion, scale: Scale, *, least: float = 0.0, has_a_goal: bool = True) -> Case:
    """Judge a change by what it lets the program fit.

    `scale`: of the training loss; `least`: share of all there is to learn that must be gained besides; `has_a_goal`: outputs
    are compared with something given, not with one another.
    """
    control, universe = pair(lab, suspicion)
    lab.run([control, universe], "what is fitted in the end")
    if untried := lab.untried(universe, universe.changes[0]):
        return Case(suspicion, why=untried)
    yardstick = loss_in_eval_mode(lab)
    own = replace(scale, best=min(scale.best, judge.level(yardstick.read(universe))))
    effect = yardstick.compare(control, universe, own)
    if effect is None:
        return Case(suspicion, why="no rows could be held out")
    if not has_a_goal and _is_another_task(lab, control, universe):
        return Case(suspicion, why="what is left out makes the task: without it there is none")
    curves = curves_of(lab.curve(control), lab.curve(universe))
    case = Case(suspicion, effect=effect, metric=yardstick.words, scale=own, curves=curves)
    return replace_state(case, "hurts" if effect.cures and effect.of_range >= least else "harmless", "")


def pair(lab: Lab, suspicion: Suspicion, seed: int = 0) -> tuple[Universe, Universe]:
    """Where rows are mixed they are so for both in the end: what was learnt first may be forgotten by then."""
    assert suspicion.change is not None
    ticks = lab.late() if suspicion.late else None
    make = partial(lab.in_eval_mode, seed=seed, ticks=ticks)
    if suspicion.change.name == "mix_rows":
        shown, mixed = (_mixed(suspicion.change, when) for when in ("probes", "always"))
        return make(shown), make(mixed)
    return make(), make(suspicion.change)


def _mixed(change: Change, when: str) -> Change:
    return replace(change, arguments={**change.arguments, "when": when})


def _is_another_task(lab: Lab, control: Universe, universe: Universe) -> bool:
    """Easier before anything was learnt: two views of one batch are the same without dropout."""
    before, after = lab.curve(control)[:1], lab.curve(universe)[:1]
    return bool(before and after) and after[0] < 0.9 * before[0]
