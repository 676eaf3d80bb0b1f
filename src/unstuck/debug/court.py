"""The court of one diagnosis: which experiments are run, in which order, and when the answer is clear."""

from __future__ import annotations

from collections.abc import Sequence

from unstuck.debug import doubts, verdicts
from unstuck.debug.cases import LEARNING_RATES, UNRELATED, Case
from unstuck.debug.evidence import Evidence
from unstuck.debug.findings import find_root
from unstuck.debug.lab import Lab
from unstuck.experiment import judge
from unstuck.facts import Suspicion

SEEDS = (1, 2)
OF_COURSE = 8
"""Universes that a round has besides those of its suspicions: controls, sham, zero inputs, some seeds."""


class Court:
    """Tries the suspicions of one diagnosis against common controls."""

    def __init__(self, lab: Lab, suspicions: Sequence[Suspicion]) -> None:
        self.lab = lab
        self.suspicions = list(suspicions)
        self.evidence = Evidence(lab)
        self.floor = 0.0
        """By how much two runs of the same program differ; 0 when they are equal bit by bit."""
        self.cut_short = False
        """A program that fails was to be looked at longer, and the budget was too small for it."""

    def try_all(self) -> list[Case]:
        """Run everything that decides, then judge; a program that fails is looked at longer, and further afield."""
        if self.lab.channel is None:
            return [verdicts.without_a_curve(s) for s in self.suspicions]
        everything = self.suspicions
        self.suspicions = [s for s in everything if not s.when_failing]
        cases = self._round()
        if not self._decided(cases) and self.evidence.fails():
            self.suspicions = everything
            cases = self._round()
        if not self._decided(cases):
            cases = self._look_longer(cases)
        if self.lab.ticks < self.lab.total:
            doubts.labels_without_what_is_odd(self.lab, cases)
        return cases

    def _decided(self, cases: list[Case]) -> bool:
        """Something hurts. Labels that seem worth nothing wait for what else may keep the program from using them."""
        hurting = {c.fault for c in cases if c.state == "hurts"}
        others = any(c.effect is not None and c.effect.cures for c in cases if c.state != "hurts")
        odd = any(not c.suspicion.quiet and c.effect is not None for c in cases if c.state == "harmless")
        wait = others or (odd and self.lab.ticks < self.lab.total)
        return bool(hurting - ({UNRELATED} if wait else set()))

    def _look_longer(self, cases: list[Case]) -> list[Case]:
        """What helped a little may decide in the program's own length; a program that fails is looked at all over."""
        fails = self.evidence.fails()
        unsettled = [c for c in cases if (self._may_yet_hurt(c) if fails else self._promises(c))]
        if not unsettled or not self.lab.extend(len(unsettled) + OF_COURSE):
            self.cut_short = bool(unsettled) and fails and self.lab.ticks < self.lab.total
            return cases
        self.evidence.renew_controls()
        self.suspicions = [c.suspicion for c in unsettled]
        return [c for c in cases if c not in unsettled] + self._round()

    def _may_yet_hurt(self, case: Case) -> bool:
        """A matter of course that made things no better needs no longer look."""
        of_course = case.suspicion.quiet and case.fault in LEARNING_RATES
        return not of_course or (case.effect is not None and case.effect.of_range >= judge.CONTRADICTION_RANGE)

    def _promises(self, case: Case) -> bool:
        """Something helps, though not enough to convict in the steps that were tried."""
        steps_too_long = case.fault != "learning-rate-too-low" and self.evidence.unstable()
        return case.effect is not None and case.effect.gains and (case.fault not in LEARNING_RATES or steps_too_long)

    def _round(self) -> list[Case]:
        """All suspicions at once: run, measure, judge, doubt, and repeat what would be found."""
        evidence = self.evidence
        tried = [u for s in self.suspicions if s.change and (u := evidence.universe(s))]
        common = evidence.common(self.suspicions)
        self.lab.run([common[0], self.lab.stream(doubts.SHAM), *common[1:], *tried], "trying what looks odd")
        evidence.measure(self.suspicions)
        cases = [verdicts.judge_suspicion(evidence, s) for s in self.suspicions]
        doubts.labels_in_runs(cases)
        self.floor = doubts.what_the_sham_moves(self.lab, evidence.control, cases)
        doubts.data_that_answer(self.lab, cases)
        self._confirm_root(cases)
        return cases

    def _confirm_root(self, cases: list[Case]) -> None:
        """What is found must hurt in every seed; what does not makes room for the next. Consequences need no repetition."""
        while (root := find_root(cases)) is not None and not self._holds_in_every_seed(root):
            pass

    def _holds_in_every_seed(self, case: Case) -> bool:
        suspicion, evidence = case.suspicion, self.evidence
        by_curves = suspicion.metric in ("loss", "held-out loss", *evidence.comparisons)
        if suspicion.change is None or suspicion.read_off or not by_curves:
            return True
        pairs = [evidence.pair(case, seed) for seed in SEEDS]
        self.lab.run([universe for pair in pairs for universe in pair], "again with other seeds")
        compare = evidence.yardstick(case.metric).compare
        effects = [case.effect, *(compare(*pair, case.scale) for pair in pairs)]
        all_seeds = judge.pooled([effect for effect in effects if effect is not None])
        if all_seeds.cures or (suspicion.contradicts and all_seeds.gains):
            return True
        words = ", ".join(f"{e.control:.3g} → {e.treated:.3g}" for e in effects[1:] if e is not None)
        case.state, case.why = "undecided", f"not in every seed: {words} with others"
        return False
