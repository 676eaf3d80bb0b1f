"""Losses judged by a rule of their own: one that must stay finite, one whose size must shrink, one that punishes what is right."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite

from unstuck.debug.cases import Case, curves_of, replace_state
from unstuck.debug.lab import Lab
from unstuck.experiment import judge
from unstuck.experiment.judge import Effect
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change, Suspicion, TrialState


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


WRONG = ("opposite", "of another row", "noisy", "exaggerated")
"""Answers that a loss must not like better than the right ones."""


def answering(lab: Lab, right: Change, form: str = "right") -> Universe:
    """A few steps on the first batch with such answers instead of the model's."""
    repeat = Change(name="repeat_first_batch", arguments={"leaves": lab.all_leaves()})
    return lab.stream(repeat, replace(right, arguments={**right.arguments, "form": form}), ticks=4)


def right_answers(lab: Lab, suspicion: Suspicion) -> Case:
    """Of all the answers tried the right ones cost most: whatever the loss is, it leads away from them."""
    assert suspicion.change is not None
    universes = {form: answering(lab, suspicion.change, form) for form in ("right", *WRONG)}
    lab.run([universes["right"], universes["opposite"]], "asking the loss about right answers")
    costs = {form: _after_the_first(lab.curve(universes[form])) for form in ("right", "opposite")}
    curves = {f"{form} answers": tuple(lab.curve(universes[form])[1:]) for form in costs}
    gap = costs["right"] - costs["opposite"]
    effect = Effect(costs["right"], costs["opposite"], gap / (abs(costs["right"]) or 1.0), 1.0, None)
    case = Case(suspicion, effect=effect, metric="loss of the answers given", curves=curves, state="harmless")
    if not gap > 0.05 * max(abs(cost) for cost in costs.values()):
        return case
    lab.run([universes[form] for form in WRONG], "asking the loss about other answers")
    others = [_after_the_first(lab.curve(universes[form])) for form in WRONG]
    return replace_state(case, "hurts" if max(others) < costs["right"] + 0.05 * gap else "undecided", "")


def _after_the_first(values: list[float]) -> float:
    return sum(values[1:]) / len(values[1:]) if len(values) > 1 else inf
