"""Losses that are judged by a rule of their own: one that must stay finite, one whose size must shrink."""

from __future__ import annotations

from math import inf, isfinite

from unstuck.debug.cases import Case, curves_of
from unstuck.debug.lab import Lab
from unstuck.experiment import judge
from unstuck.experiment.judge import Effect
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Suspicion, TrialState


def finite(lab: Lab, suspicion: Suspicion, control: Universe, universe: Universe) -> Case:
    """A loss that breaks, and does not with the change."""
    whole = lab.scout.channel(lab.channel)
    as_it_is, treated = whole or lab.curve(control), lab.curve(universe)
    broken = not all(isfinite(v) for v in as_it_is)
    cured = bool(treated) and all(isfinite(v) for v in treated)
    effect = Effect(judge.level(as_it_is), judge.level(treated), 1.0 if cured else 0.0, 1.0 if cured else 0.0, None)
    state: TrialState = "hurts" if broken and cured else "harmless" if not broken else "undecided"
    return Case(
        suspicion,
        effect=effect,
        state=state,
        curves=curves_of(as_it_is, treated),
        why="" if cured else "the loss stays non-finite without those rows",
    )


def size(lab: Lab, suspicion: Suspicion, control: Universe, universe: Universe) -> Case:
    """The size of the loss must shrink the other way, and grow this way: fair to losses that may be negative."""
    as_it_is = [abs(v) for v in lab.curve(control)]
    treated = [abs(v) for v in lab.curve(universe)]
    first = sum(as_it_is[:3]) / 3 if len(as_it_is) >= 3 and all(map(isfinite, as_it_is[:3])) else inf
    before, after = judge.level(as_it_is), judge.level(treated)
    shrinks = after < 0.9 * first and after < before
    grows = before > 1.2 * first
    left = (before - after) / before if isfinite(before) and before else 1.0
    effect = Effect(before, after, left, left, None)
    state: TrialState = "hurts" if grows and shrinks else "harmless"
    return Case(suspicion, effect=effect, state=state, metric="size of the loss", curves=curves_of(as_it_is, treated))
