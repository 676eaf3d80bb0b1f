"""What the numbers say of one suspicion: a rule for each metric (`facts.Metric`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from unstuck.debug import fitted, labels, losses
from unstuck.debug.cases import LEARNING_RATES, Case, curves_of, replace_state
from unstuck.debug.evidence import Evidence
from unstuck.debug.labels import mean
from unstuck.experiment import judge
from unstuck.experiment.judge import Effect
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Suspicion

EXCHANGES = ("exchange_operands", "swap_labels")
"""Changes of what the loss asks for: one that was never negative must not become so."""


def judge_suspicion(evidence: Evidence, suspicion: Suspicion) -> Case:
    """By the rule of its metric, once its universe was run."""
    if suspicion.change is None:
        return Case(suspicion, state="hurts" if suspicion.read_off else "not-run", why=suspicion.read_off)
    universe = evidence.universe(suspicion)
    if universe is None:
        return _without_held_out(evidence, suspicion)
    untried = evidence.lab.untried(universe, suspicion.change)
    if suspicion.metric != "worth of labels by row" and untried:  # which looks before it changes anything
        return _fact(suspicion, suspicion.if_untried) if suspicion.if_untried else Case(suspicion, why=untried)
    return RULES.get(suspicion.metric, _by_loss)(evidence, suspicion, universe)


def without_a_curve(suspicion: Suspicion) -> Case:
    """Several losses take turns: what is a fact by itself stands, the rest cannot be judged."""
    if known := suspicion.read_off or suspicion.if_untried:
        return _fact(suspicion, known)
    return Case(suspicion, why="several losses take turns: no single curve to judge by")


def _fact(suspicion: Suspicion, known: str) -> Case:
    """What is known convicts without its experiment."""
    return Case(replace(suspicion, change=None, read_off=known), state="hurts", why=known)


# -- by the training loss ---------------------------------------------------------------------------------------------


def _by_loss(evidence: Evidence, suspicion: Suspicion, universe: Universe) -> Case:
    control, treated = evidence.lab.curve(evidence.control), evidence.lab.curve(universe)
    effect = judge.compare(control, treated, evidence.scale)
    case = Case(suspicion, effect=effect, curves=curves_of(control, treated))
    if suspicion.read_off:
        return replace_state(case, "hurts", suspicion.read_off)
    exchanged = suspicion.change is not None and suspicion.change.name in EXCHANGES
    if exchanged and min(control, default=0.0) >= 0 > min(treated, default=0.0):
        return replace_state(case, "undecided", "the change makes the loss another one: it was never negative")
    if suspicion.fault in LEARNING_RATES and suspicion.quiet:  # a matter of course: nothing odd was seen
        return _learning_rate(evidence, case, effect)
    hurts = (effect.cures and not _catches_up(evidence, effect)) or (suspicion.contradicts and effect.gains)
    return replace_state(case, "hurts" if hurts else "harmless", "")


def _catches_up(evidence: Evidence, effect: Effect) -> bool:
    """In its own length the unchanged program gets as far as the change did in fewer steps: slow, and no fault."""
    if evidence.in_own_length:
        return False
    return evidence.scale.learnt(evidence.whole) > evidence.scale.learnt(effect.treated) - judge.MATERIAL


def _learning_rate(evidence: Evidence, case: Case, effect: Effect) -> Case:
    """Only a program that fails has a fault of its learning rate: not the best rate is a matter for `tune`."""
    scale, ended = evidence.scale, evidence.lab.scout.end == "ended"
    too_high = case.fault == "learning-rate-too-high"
    if not effect.cures or scale.learnt(effect.treated) < 0.5:
        return replace_state(case, "harmless", "")
    learnt = max(scale.learnt(evidence.whole), scale.learnt(effect.control))
    # What is slow may yet arrive after the steps that were watched.
    learns = learnt >= (judge.LEARNT if ended or too_high else 0.1)
    thrown = too_high and evidence.unstable() and evidence.in_own_length
    if learns and not thrown and not (too_high and _gains_to_the_end(evidence, case, effect)):
        return replace_state(case, "harmless", "")
    warming = any(o.rates and o.rates[-1][1] > 1.05 * o.rates[0][1] for o in evidence.optimizers)
    if warming and not too_high and not ended:
        return replace_state(case, "undecided", "the rate is still warming up in the steps watched")
    return replace_state(case, "hurts", "")


def _gains_to_the_end(evidence: Evidence, case: Case, effect: Effect) -> bool:
    """In the program's whole length nearly all that it leaves goes, of its own rows and of held-out ones, if there are any."""
    assert case.suspicion.change is not None
    lab = evidence.lab
    whole = evidence.in_own_length and lab.scout.end == "ended"
    if not whole or effect.of_left < judge.NEARLY_ALL or effect.of_range < judge.MATERIAL:
        return False
    if not evidence.can_hold_out():
        return True
    held = evidence.held_out_loss.compare(evidence.held_control, lab.held_out(case.suspicion.change))
    return held is None or held.cures


# -- by what predictions have in common with their goals ----------------------------------------------------------------


def _by_comparison(evidence: Evidence, suspicion: Suspicion, universe: Universe) -> Case:
    """The change makes the loss another one: what counts is how near predictions come to their goals."""
    yardstick = evidence.comparisons[suspicion.metric]
    control = yardstick.universe()
    effect = yardstick.compare(control, universe)
    if effect is None:
        return Case(suspicion, why="the change makes the loss another one, and no comparison with a target was seen")
    curves = curves_of(yardstick.read(control), yardstick.read(universe))
    case = Case(suspicion, effect=effect, metric=yardstick.words, curves=curves)
    hurts = effect.cures and (
        evidence.in_own_length
        or judge.level(yardstick.read(yardstick.universe(ticks=evidence.lab.longest())))
        >= effect.treated + judge.MATERIAL
    )
    return replace_state(case, "hurts" if hurts else "harmless", "")


# -- by held-out rows ---------------------------------------------------------------------------------------------------


def _by_held_out_loss(evidence: Evidence, suspicion: Suspicion, universe: Universe) -> Case:
    lab, scale = evidence.lab, evidence.held_scale
    control = lab.held_out(ticks=universe.ticks)
    if suspicion.late and scale is not None and (values := lab.probe_values(universe)):
        scale = replace(scale, best=min(scale.best, mean(values)))
    effect = evidence.held_out_loss.compare(control, universe, scale)
    if effect is None or not _has_a_goal(evidence, suspicion):
        return _without_held_out(evidence, suspicion)
    curves = curves_of(lab.curve(control), lab.curve(universe))
    case = Case(suspicion, effect=effect, metric="held-out loss", scale=scale, curves=curves)
    hurts = effect.cures or (suspicion.contradicts and effect.gains)
    return replace_state(case, "hurts" if hurts else "harmless", "")


def _has_a_goal(evidence: Evidence, suspicion: Suspicion) -> bool:
    """Where two views of one batch are compared, dropout makes the task: in eval mode nothing is left of it."""
    batches = evidence.lab.batches
    return suspicion.fault != "dropout-too-strong" or bool(batches and batches.goals)


def _without_held_out(evidence: Evidence, suspicion: Suspicion) -> Case:
    """Where no rows can be held out, a regulariser is judged only if the program cannot learn with it at all."""
    assert suspicion.change is not None
    lab, scale = evidence.lab, evidence.scale
    if suspicion.fault == "dropout-too-strong":
        has_a_goal = _has_a_goal(evidence, suspicion)
        return fitted.fitted(lab, suspicion, scale, least=judge.GREAT, has_a_goal=has_a_goal)
    if suspicion.change.name == "mix_rows":
        return fitted.fitted(lab, suspicion, scale)
    if suspicion.fault != "regularisation-too-strong":
        return Case(suspicion, why="no rows could be held out")
    control, treated = lab.curve(evidence.control), lab.curve(lab.stream(suspicion.change))
    effect = judge.compare(control, treated, scale)
    hurts = effect.cures and scale.learnt(effect.control) < 0.1
    curves = curves_of(control, treated)
    return Case(suspicion, effect=effect, state="hurts" if hurts else "harmless", curves=curves)


def _worth_of_labels(evidence: Evidence, suspicion: Suspicion, universe: Universe) -> Case:
    lab = evidence.lab
    stuck = "" if evidence.memorises() else f"a single batch {evidence.single.verdict}: nothing is learnt at all"
    return labels.worth(lab, suspicion, early=max(3 * lab.probes, lab.ticks // 3), stuck=stuck)


Rule = Callable[[Evidence, Suspicion, Universe], Case]
"""Of what was measured so far, a suspicion and the universe that tries it."""
RULES: dict[str, Rule] = {
    "loss": _by_loss,
    "held-out loss": _by_held_out_loss,
    "unexplained": _by_comparison,
    "disagreement": _by_comparison,
    "worth of labels": _worth_of_labels,
    "worth of labels by row": lambda evidence, suspicion, universe: labels.worth_by_row(
        evidence.lab, suspicion, universe
    ),
    "finite loss": lambda evidence, suspicion, universe: losses.finite(
        evidence.lab, suspicion, evidence.control, universe
    ),
    "size of the loss": lambda evidence, suspicion, universe: losses.size(
        evidence.lab, suspicion, evidence.control, universe
    ),
    "right answers": lambda evidence, suspicion, universe: losses.right_answers(evidence.lab, suspicion),
}
