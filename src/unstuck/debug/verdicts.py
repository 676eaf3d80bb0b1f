"""The court of one diagnosis: which experiments are run, and what their effects say of each suspicion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, isfinite

from unstuck.debug import doubts, fitted, labels, losses
from unstuck.debug.cases import LEARNING_RATES, UNRELATED, Case, curves_of, replace_state
from unstuck.debug.lab import Lab
from unstuck.debug.labels import mean
from unstuck.debug.yardstick import (
    Yardstick,
    disagreement,
    held_out_loss,
    loss_in_eval_mode,
    training_loss,
    unexplained,
)
from unstuck.experiment import judge
from unstuck.experiment.judge import Effect, Scale
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change, SingleBatch, Suspicion
from unstuck.trace.summaries import Optimizer, Optimizers

SEEDS = (1, 2)
EXCHANGES = ("exchange_operands", "swap_labels")
"""Changes of what the loss asks for: one that was never negative must not become so."""
OF_HELD_OUT_ROWS = ("held-out loss", "worth of labels", "worth of labels by row")
OF_COURSE = 8
"""Universes that a round has besides those of its suspicions: controls, sham, zero inputs, some seeds."""


class Court:
    """Judges the suspicions of one diagnosis against common controls."""

    def __init__(self, lab: Lab, suspicions: Sequence[Suspicion]) -> None:
        self.lab = lab
        self.suspicions = list(suspicions)
        self.control = lab.stream()
        self.held_control = lab.held_out()
        self.zero = self._zero_inputs()
        self.loss, self.held_out_loss, self.eval_loss = training_loss(lab), held_out_loss(lab), loss_in_eval_mode(lab)
        self.comparisons = {"unexplained": unexplained(lab), "disagreement": disagreement(lab)}
        self.single = SingleBatch()
        self.floor = 0.0
        """By how much two runs of the same program differ; 0 when they are equal bit by bit."""

    @property
    def scale(self) -> Scale:
        """Of the training loss."""
        return self.loss.scale or Scale(base=inf, best=inf, bottom=0.0)

    @property
    def held_scale(self) -> Scale | None:
        """Of held-out rows, where some could be held out."""
        return self.held_out_loss.scale

    # -- the experiments ----------------------------------------------------------------------------------------------

    def try_all(self) -> list[Case]:
        """Run everything that decides, then judge; a program that fails is looked at longer, and further afield."""
        if self.lab.channel is None:
            return [self._without_a_curve(s) for s in self.suspicions]
        everything = self.suspicions
        self.suspicions = [s for s in everything if not s.when_failing]
        cases = self._round()
        if not self._decided(cases) and self.fails():
            self.suspicions = everything
            cases = self._round()
        return cases if self._decided(cases) else self._look_longer(cases)

    def _decided(self, cases: list[Case]) -> bool:
        """Something hurts. Labels that seem worth nothing wait for what else may keep the program from using them."""
        hurting = {c.fault for c in cases if c.state == "hurts"}
        others = any(c.effect is not None and c.effect.cures for c in cases if c.state != "hurts")
        odd = any(not c.suspicion.quiet and c.effect is not None for c in cases if c.state == "harmless")
        wait = others or (odd and self.lab.ticks < self.lab.total)
        return bool(hurting - ({UNRELATED} if wait else set()))

    def _without_a_curve(self, suspicion: Suspicion) -> Case:
        """Several losses take turns: what is a fact by itself stands, the rest cannot be judged."""
        if known := suspicion.read_off or suspicion.if_untried:
            return _fact(suspicion, known)
        return Case(suspicion, why="several losses take turns: no single curve to judge by")

    def _look_longer(self, cases: list[Case]) -> list[Case]:
        """What helped a little may decide in the program's own length; a program that fails is looked at all over."""
        fails = self.fails()
        unsettled = [c for c in cases if (self._may_yet_hurt(c) if fails else self._promises(c))]
        if not unsettled or not self.lab.extend(len(unsettled) + OF_COURSE):
            return cases
        self.control, self.held_control = self.lab.stream(), self.lab.held_out()
        self.suspicions = [c.suspicion for c in unsettled]
        return [c for c in cases if c not in unsettled] + self._round()

    def _may_yet_hurt(self, case: Case) -> bool:
        """A matter of course that made things no better needs no longer look."""
        of_course = case.suspicion.quiet and case.fault in LEARNING_RATES
        return not of_course or (case.effect is not None and case.effect.of_range >= judge.CONTRADICTION_RANGE)

    def _promises(self, case: Case) -> bool:
        """Something helps, though not enough to convict in the steps that were tried."""
        steps_too_long = case.fault != "learning-rate-too-low" and self._unstable()
        return case.effect is not None and case.effect.gains and (case.fault not in LEARNING_RATES or steps_too_long)

    def _unstable(self) -> bool:
        """The program's own steps make one batch worse, or leap about on it (SYSTEM B0.1)."""
        return self.single.verdict in ("goes up", "explodes", "oscillates")

    def fails(self) -> bool:
        """The whole run ends no better than something that knows less, or one batch cannot be memorised."""
        return any(self._knows_nothing(by=0.1)) or self.single.verdict not in ("memorised", "not run")

    def _memorises(self) -> bool:
        """One batch, or it is well on the way there."""
        first, last = self.single.first, self.single.last
        half = first is not None and last is not None and 0 < last < 0.5 * first
        return self.single.verdict == "memorised" or (self.single.verdict == "still falling" and half)

    def learns_nothing(self) -> bool:
        """At the end of all that was watched, on the program's own rows and on held-out ones, it knows nothing."""
        if self.lab.channel is None:  # losses that take turns need not fall; but numbers they must be
            return not all(isfinite(v) for v in self.lab.scout.values[-10:])
        whole = judge.level(self.lab.scout.channel(self.lab.channel))
        exploded = not isfinite(whole) or (isfinite(self.scale.base) and whole > 2 * abs(self.scale.base) > 0)
        return exploded or all(self._knows_nothing(by=0.02))

    def _knows_nothing(self, *, by: float) -> list[bool]:
        """Of the whole run and, where some could be held out, of held-out rows: no better than what knows less."""
        whole = judge.level(self.lab.scout.channel(self.lab.channel))
        held = self.lab.probe_values(self.held_control) if self._can_hold_out() else []
        found = [_no_better(whole, self.scale.base, by)]
        if held and self.held_scale is not None:
            found.append(_no_better(mean(held), self.held_scale.base, by))
        return found

    def _round(self) -> list[Case]:
        lab = self.lab
        wanted = [self.control, lab.stream(doubts.SHAM)]
        if lab.all_leaves():
            wanted.append(lab.single_batch())
        if self.zero is not None:
            wanted += [lab.stream(self.zero)]
        wanted += [u for s in self.suspicions if s.change and (u := self._universe(s))]
        wanted += [
            self.comparisons[metric].universe() for metric in {s.metric for s in self.suspicions} & {*self.comparisons}
        ]
        if self._can_hold_out():
            wanted += [self.held_control, *([lab.held_out(self.zero)] if self.zero else [])]
        lab.run(wanted, "trying what looks odd")
        self._set_scales()
        if lab.all_leaves():
            self.single = self._single_batch()
        cases = [self._judge(s) for s in self.suspicions]
        doubts.labels_in_runs(cases)
        self.floor = doubts.what_the_sham_moves(lab, self.control, cases)
        doubts.data_that_answer(lab, cases)
        self._repeat_with_seeds(cases)
        return cases

    def _zero_inputs(self) -> Change | None:
        """Where inputs are all there is (a density), to know them less makes the task easier: no end of any scale."""
        batches = self.lab.batches
        plain = [leaf for leaf in batches.inputs if leaf.roles == {"input"}] if batches and batches.goals else []
        return Change(name="zero_inputs", arguments={"leaves": [x.leaf for x in plain]}) if plain else None

    def _can_hold_out(self) -> bool:
        return bool(self.lab.hold_out_leaves()) and self.lab.ticks >= 3 * self.lab.probes

    def _early(self) -> int:
        return max(3 * self.lab.probes, self.lab.ticks // 3)

    def _universe(self, suspicion: Suspicion, seed: int = 0) -> Universe | None:
        assert suspicion.change is not None
        if suspicion.metric in OF_HELD_OUT_ROWS and not self._can_hold_out():
            return None
        if suspicion.metric == "worth of labels by row":
            return self.lab.row_by_row()
        if suspicion.metric == "worth of labels":
            return self.lab.held_out(suspicion.change)
        if suspicion.metric == "right answers":
            return losses.answering(self.lab, suspicion.change)
        make = self._yardstick(suspicion.metric).universe
        return make(suspicion.change, seed=seed, ticks=self._ticks(suspicion))

    def _ticks(self, suspicion: Suspicion) -> int | None:
        """A length of its own, for what shows late."""
        return self.lab.late() if suspicion.late else None

    def _yardstick(self, metric: str) -> Yardstick:
        """By the name of what a suspicion wants measured, or of what a case was measured by."""
        known = {"held-out loss": self.held_out_loss, "in eval mode": self.eval_loss, **self.comparisons}
        return next((y for name, y in known.items() if metric in (name, y.words)), self.loss)

    def _set_scales(self) -> None:
        lab = self.lab
        tried = [
            judge.level(lab.curve(u))
            for s in self.suspicions
            if s.change and s.metric == "loss" and (u := self._universe(s)) is not None
        ]
        control = judge.level(lab.curve(self.control))
        first = [v for v in lab.curve(self.control)[:3] if isfinite(v)]
        # Three steps, against the noise of one batch; the first alone where a step has thrown the loss far up.
        bases = [min(sum(first) / len(first), 2 * abs(first[0]))] if first else []
        if self.zero is not None and lab.hits(lab.stream(self.zero), self.zero):
            bases.append(judge.level(lab.curve(lab.stream(self.zero))))
        base = min((b for b in bases if isfinite(b)), default=inf)
        finite = [v for v in [control, *tried] if isfinite(v)]
        best = min(finite, default=inf)
        seen = [v for v in lab.curve(self.control) if isfinite(v)]
        bottom = 0.0 if min(seen, default=0.0) >= 0 and best >= 0 else best
        self.loss.scale = Scale(base=base, best=best, bottom=bottom)
        self._set_held_scale()
        for metric, yardstick in self.comparisons.items():
            tried_so = [self._universe(s) for s in self.suspicions if s.metric == metric]
            left = [judge.level(yardstick.read(u)) for u in tried_so if u is not None]
            yardstick.scale = Scale(base=1.0, best=min([0.99, *left]), bottom=0.0)

    def _set_held_scale(self) -> None:
        lab = self.lab
        if not self._can_hold_out() or not (control := lab.probe_values(self.held_control)):
            return
        tried = [
            mean(values)
            for s in self.suspicions
            if s.change and s.metric == "held-out loss"
            and (u := self._universe(s)) is not None and (values := lab.probe_values(u))
        ]  # fmt: skip
        knows_less = [lab.held_out(self.zero)] if self.zero else []
        of_labels = [self._universe(s) for s in self.suspicions if s.metric == "worth of labels"]
        knows_less += [u for u in of_labels if u is not None]
        bases = [mean(values) for u in knows_less if (values := lab.probe_values(u))]
        base = min((b for b in bases if isfinite(b)), default=self.scale.base)
        best = min([v for v in [mean(control), *tried] if isfinite(v)], default=inf)
        self.held_out_loss.scale = Scale(base=base, best=best, bottom=0.0 if best >= 0 else best)

    def _single_batch(self) -> SingleBatch:
        """Never `plateaus` for what is still falling: the budget extends (SYSTEM B0.1)."""
        lab = self.lab
        verdict = judge.single_batch(lab.curve(lab.single_batch()))
        longer = min(lab.total, 5 * lab.ticks)
        if verdict.verdict == "still falling" and longer > lab.ticks:
            verdict = judge.single_batch(lab.curve(lab.single_batch(ticks=longer)))
        return verdict

    # -- judging ------------------------------------------------------------------------------------------------------

    def _judge(self, suspicion: Suspicion) -> Case:
        if suspicion.change is None:
            return Case(suspicion, state="hurts" if suspicion.read_off else "not-run", why=suspicion.read_off)
        universe = self._universe(suspicion)
        if universe is None:
            return self._without_held_out(suspicion)
        if suspicion.metric == "worth of labels by row":
            return labels.worth_by_row(self.lab, suspicion, universe)
        untried = self.lab.untried(universe, suspicion.change)
        if untried and suspicion.if_untried:
            return _fact(suspicion, suspicion.if_untried)
        if untried:
            return Case(suspicion, why=untried)
        match suspicion.metric:
            case "worth of labels":
                stuck = "" if self._memorises() else f"a single batch {self.single.verdict}: nothing is learnt at all"
                return labels.worth(self.lab, suspicion, early=self._early(), stuck=stuck)
            case "finite loss":
                return losses.finite(self.lab, suspicion, self.control, universe)
            case "size of the loss":
                return losses.size(self.lab, suspicion, self.control, universe)
            case "right answers":
                return losses.right_answers(self.lab, suspicion)
            case "held-out loss":
                return self._held_out(suspicion, universe)
            case "unexplained" | "disagreement":
                return self._comparison(suspicion, universe)
        return self._loss(suspicion, universe)

    def _comparison(self, suspicion: Suspicion, universe: Universe) -> Case:
        """The change makes the loss another one: what counts is what predictions have in common with their goals."""
        yardstick = self.comparisons[suspicion.metric]
        control = yardstick.universe()
        effect = yardstick.compare(control, universe)
        if effect is None:
            return Case(
                suspicion, why="the change makes the loss another one, and no comparison with a target was seen"
            )
        curves = curves_of(yardstick.read(control), yardstick.read(universe))
        case = Case(suspicion, effect=effect, metric=yardstick.words, curves=curves)
        hurts = effect.cures and not self._gets_there(yardstick, effect.treated)
        return replace_state(case, "hurts" if hurts else "harmless", "")

    def _gets_there(self, yardstick: Yardstick, treated: float) -> bool:
        """In its own length the unchanged program does as well."""
        if self.lab.ticks >= self.lab.total:
            return False
        return judge.level(yardstick.read(yardstick.universe(ticks=self.lab.longest()))) < treated + judge.MATERIAL

    def _loss(self, suspicion: Suspicion, universe: Universe) -> Case:
        control, treated = self.lab.curve(self.control), self.lab.curve(universe)
        effect = judge.compare(control, treated, self.scale)
        case = Case(suspicion, effect=effect, curves=curves_of(control, treated))
        if suspicion.read_off:
            return replace_state(case, "hurts", suspicion.read_off)
        exchanged = suspicion.change is not None and suspicion.change.name in EXCHANGES
        if exchanged and min(control, default=0.0) >= 0 > min(treated, default=0.0):
            return replace_state(case, "undecided", "the change makes the loss another one: it was never negative")
        if suspicion.fault in LEARNING_RATES and suspicion.quiet:  # a matter of course: nothing odd was seen
            return self._learning_rate(case)
        hurts = (effect.cures and not self._catches_up(effect)) or (suspicion.contradicts and effect.gains)
        return replace_state(case, "hurts" if hurts else "harmless", "")

    def _catches_up(self, effect: Effect) -> bool:
        """In its own length the unchanged program gets as far as the change did in fewer steps: slow, and no fault."""
        if self.lab.ticks >= self.lab.total:
            return False  # this is its own length
        whole = self.scale.learnt(judge.level(self.lab.scout.channel(self.lab.channel)))
        return whole > self.scale.learnt(effect.treated) - judge.MATERIAL

    def _learning_rate(self, case: Case) -> Case:
        """Only a program that fails has a fault of its learning rate: not the best rate is a matter for `tune`."""
        assert case.effect is not None
        whole = judge.level(self.lab.scout.channel(self.lab.channel))
        learnt = max(self.scale.learnt(whole), self.scale.learnt(case.effect.control))
        cured = self.scale.learnt(case.effect.treated)
        thrown = case.fault == "learning-rate-too-high" and self._unstable() and self.lab.ticks >= self.lab.total
        to_the_end = self.lab.scout.end == "ended" or case.fault == "learning-rate-too-high"
        enough = judge.LEARNT if to_the_end else 0.1  # what is slow may yet arrive after the steps that were watched
        if not case.effect.cures or cured < 0.5:
            return replace_state(case, "harmless", "")
        far_better = case.fault == "learning-rate-too-high" and learnt >= enough and self._gains_to_the_end(case)
        if learnt >= enough and not thrown and not far_better:
            return replace_state(case, "harmless", "")
        warming = any(o.rates and o.rates[-1][1] > 1.05 * o.rates[0][1] for o in self._optimizers())
        if case.fault == "learning-rate-too-low" and warming and self.lab.scout.end != "ended":
            return replace_state(case, "undecided", "the rate is still warming up in the steps watched")
        return replace_state(case, "hurts", "")

    def _gains_to_the_end(self, case: Case) -> bool:
        """In the program's whole length nearly all that it leaves goes, of its own rows and of held-out ones, if there are any."""
        assert case.effect is not None
        assert case.suspicion.change is not None
        whole = self.lab.ticks >= self.lab.total and self.lab.scout.end == "ended"
        if not whole or case.effect.of_left < judge.NEARLY_ALL or case.effect.of_range < judge.MATERIAL:
            return False
        if not self._can_hold_out():
            return True
        held = self.held_out_loss.compare(self.held_control, self.lab.held_out(case.suspicion.change))
        return held is None or held.cures

    def _optimizers(self) -> tuple[Optimizer, ...]:
        found: Optimizers | None = self.lab.observation.get(Optimizers)
        return found.stepping if found else ()

    def _held_out(self, suspicion: Suspicion, universe: Universe) -> Case:
        control, scale = self.lab.held_out(ticks=universe.ticks), self.held_scale
        if suspicion.late and scale is not None and (values := self.lab.probe_values(universe)):
            scale = replace(scale, best=min(scale.best, mean(values)))
        effect = self.held_out_loss.compare(control, universe, scale)
        if effect is None or not self._has_a_goal(suspicion):
            return self._without_held_out(suspicion)
        curves = curves_of(self.lab.curve(control), self.lab.curve(universe))
        case = Case(suspicion, effect=effect, metric="held-out loss", scale=scale, curves=curves)
        hurts = effect.cures or (suspicion.contradicts and effect.gains)
        return replace_state(case, "hurts" if hurts else "harmless", "")

    def _has_a_goal(self, suspicion: Suspicion) -> bool:
        """Where two views of one batch are compared, dropout makes the task: in eval mode nothing is left of it."""
        return suspicion.fault != "dropout-too-strong" or bool(self.lab.batches and self.lab.batches.goals)

    def _without_held_out(self, suspicion: Suspicion) -> Case:
        """Where no rows can be held out, a regulariser is judged only if the program cannot learn with it at all."""
        assert suspicion.change is not None
        if suspicion.fault == "dropout-too-strong":
            return fitted.fitted(
                self.lab, suspicion, self.scale, least=judge.GREAT, has_a_goal=self._has_a_goal(suspicion)
            )
        if suspicion.change.name == "mix_rows":
            return fitted.fitted(self.lab, suspicion, self.scale)
        if suspicion.fault != "regularisation-too-strong":
            return Case(suspicion, why="no rows could be held out")
        universe = self.lab.stream(suspicion.change)
        control, treated = self.lab.curve(self.control), self.lab.curve(universe)
        effect = judge.compare(control, treated, self.scale)
        hurts = effect.cures and self.scale.learnt(effect.control) < 0.1
        return Case(
            suspicion, effect=effect, state="hurts" if hurts else "harmless", curves=curves_of(control, treated)
        )

    def _repeat_with_seeds(self, cases: list[Case]) -> None:
        """What hurts must hurt in every seed."""
        hurting = [
            c for c in cases
            if c.state == "hurts" and c.suspicion.change and not c.suspicion.read_off
            and c.suspicion.metric in ("loss", "held-out loss", *self.comparisons)
        ]  # fmt: skip
        wanted: list[Universe] = []
        for seed in SEEDS:
            for case in hurting:
                wanted += self._pair(case, seed)
        self.lab.run(wanted, "again with other seeds")
        for case in hurting:
            compare = self._yardstick(case.metric).compare
            effects = [case.effect, *(compare(*self._pair(case, seed), case.scale) for seed in SEEDS)]
            all_seeds = judge.pooled([effect for effect in effects if effect is not None])
            if not (all_seeds.cures or (case.suspicion.contradicts and all_seeds.gains)):
                words = ", ".join(f"{e.control:.3g} → {e.treated:.3g}" for e in effects[1:] if e is not None)
                case.state, case.why = "undecided", f"not in every seed: {words} with others"

    def proof(self, case: Case) -> tuple[Universe, Universe] | None:
        """The two universes whose numbers convict, to be run again; None where a fact does."""
        suspicion, change = case.suspicion, case.suspicion.change
        if change is None or suspicion.read_off:
            return None
        match suspicion.metric:
            case "right answers":
                return losses.answering(self.lab, change), losses.answering(self.lab, change, "opposite")
            case "worth of labels by row":
                return self.lab.row_by_row(), self.lab.row_by_row(change)
            case "worth of labels":
                return self.held_control, self.lab.held_out(change)
            case "finite loss" | "size of the loss":
                return self.control, self.lab.stream(change)
        return self._pair(case, 0)

    def _pair(self, case: Case, seed: int) -> tuple[Universe, Universe]:
        """The program as it is and with the change, by the same random numbers."""
        assert case.suspicion.change is not None
        if case.metric == self.eval_loss.words:
            return fitted.pair(self.lab, case.suspicion, seed)
        make = self._yardstick(case.metric).universe
        ticks = self._ticks(case.suspicion)
        return make(seed=seed, ticks=ticks), make(case.suspicion.change, seed=seed, ticks=ticks)


def _fact(suspicion: Suspicion, known: str) -> Case:
    """What is known convicts without its experiment."""
    return Case(replace(suspicion, change=None, read_off=known), state="hurts", why=known)


def _no_better(level: float, base: float, by: float) -> bool:
    """Than what knows less, by such a share of it."""
    return not isfinite(level) or (isfinite(base) and level > base - by * abs(base))
