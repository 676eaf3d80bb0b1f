"""What one diagnosis has measured of the program as it is, and the yardsticks that its changes are held to."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite

from unstuck.debug import fitted, losses
from unstuck.debug.cases import Case
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
from unstuck.experiment.judge import Scale
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change, SingleBatch, Suspicion
from unstuck.trace.summaries import Optimizer, Optimizers

OF_HELD_OUT_ROWS = ("held-out loss", "worth of labels", "worth of labels by row")


class Evidence:
    """Common controls, scales and the single batch; which universe tries a suspicion."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.renew_controls()
        self.zero = self._zero_inputs()
        self.loss, self.held_out_loss, self.eval_loss = training_loss(lab), held_out_loss(lab), loss_in_eval_mode(lab)
        self.comparisons = {"unexplained": unexplained(lab), "disagreement": disagreement(lab)}
        self.single = SingleBatch()

    def renew_controls(self) -> None:
        """The unchanged program, in the length that experiments have now."""
        self.control, self.held_control = self.lab.stream(), self.lab.held_out()

    @property
    def scale(self) -> Scale:
        """Of the training loss."""
        return self.loss.scale or Scale(base=inf, best=inf, bottom=0.0)

    @property
    def held_scale(self) -> Scale | None:
        """Of held-out rows, where some could be held out."""
        return self.held_out_loss.scale

    @property
    def whole(self) -> float:
        """Level that the unchanged program reached in all the steps watched."""
        return judge.level(self.lab.scout.channel(self.lab.channel))

    @property
    def in_own_length(self) -> bool:
        """The universes are as long as the program was watched."""
        return self.lab.ticks >= self.lab.total

    @property
    def optimizers(self) -> tuple[Optimizer, ...]:
        """That took steps."""
        found: Optimizers | None = self.lab.observation.get(Optimizers)
        return found.stepping if found else ()

    def _zero_inputs(self) -> Change | None:
        """Where inputs are all there is (a density), to know them less makes the task easier: no end of any scale."""
        batches = self.lab.batches
        plain = [leaf for leaf in batches.inputs if leaf.roles == {"input"}] if batches and batches.goals else []
        return Change(name="zero_inputs", arguments={"leaves": [x.leaf for x in plain]}) if plain else None

    # -- universes ----------------------------------------------------------------------------------------------------

    def common(self, suspicions: Sequence[Suspicion]) -> list[Universe]:
        """What is compared with, whatever is suspected."""
        lab = self.lab
        wanted = [self.control]
        if lab.all_leaves():
            wanted.append(lab.single_batch())
        if self.zero is not None:
            wanted.append(lab.stream(self.zero))
        metrics = {s.metric for s in suspicions}
        wanted += [yardstick.universe() for metric, yardstick in self.comparisons.items() if metric in metrics]
        if self.can_hold_out():
            wanted += [self.held_control, *([lab.held_out(self.zero)] if self.zero else [])]
        return wanted

    def can_hold_out(self) -> bool:
        """Rows can be kept from training, and there are steps enough to look at them."""
        return bool(self.lab.hold_out_leaves()) and self.lab.ticks >= 3 * self.lab.probes

    def universe(self, suspicion: Suspicion) -> Universe | None:
        """The one that tries a suspicion; None where no row can be held out for it."""
        assert suspicion.change is not None
        if suspicion.metric in OF_HELD_OUT_ROWS and not self.can_hold_out():
            return None
        match suspicion.metric:
            case "worth of labels by row":
                return self.lab.row_by_row()
            case "worth of labels":
                return self.lab.held_out(suspicion.change)
            case "right answers":
                return losses.answering(self.lab, suspicion.change)
        make = self.yardstick(suspicion.metric).universe
        return make(suspicion.change, ticks=self._ticks(suspicion))

    def pair(self, case: Case, seed: int) -> tuple[Universe, Universe]:
        """The program as it is and with the change, by the same random numbers."""
        assert case.suspicion.change is not None
        if case.metric == self.eval_loss.words:
            return fitted.pair(self.lab, case.suspicion, seed)
        make = self.yardstick(case.metric).universe
        ticks = self._ticks(case.suspicion)
        return make(seed=seed, ticks=ticks), make(case.suspicion.change, seed=seed, ticks=ticks)

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
        return self.pair(case, 0)

    def _ticks(self, suspicion: Suspicion) -> int | None:
        """A length of its own, for what shows late."""
        return self.lab.late() if suspicion.late else None

    def yardstick(self, metric: str) -> Yardstick:
        """By the name of what a suspicion wants measured, or of what a case was measured by."""
        known = {"held-out loss": self.held_out_loss, "in eval mode": self.eval_loss, **self.comparisons}
        return next((y for name, y in known.items() if metric in (name, y.words)), self.loss)

    # -- scales -------------------------------------------------------------------------------------------------------

    def measure(self, suspicions: Sequence[Suspicion]) -> None:
        """Read the ends of all scales, and the single batch, off what was run."""
        self._set_scale(suspicions)
        self._set_held_scale(suspicions)
        for metric, yardstick in self.comparisons.items():
            left = [judge.level(yardstick.read(u)) for u in self._tried_by(metric, suspicions)]
            yardstick.scale = Scale(base=1.0, best=min([0.99, *left]), bottom=0.0)
        if self.lab.all_leaves():
            self.single = self._single_batch()

    def _tried_by(self, metric: str, suspicions: Sequence[Suspicion]) -> list[Universe]:
        return [u for s in suspicions if s.change and s.metric == metric and (u := self.universe(s)) is not None]

    def _set_scale(self, suspicions: Sequence[Suspicion]) -> None:
        lab = self.lab
        curve = lab.curve(self.control)
        first = [v for v in curve[:3] if isfinite(v)]
        # Three steps, against the noise of one batch; the first alone where a step has thrown the loss far up.
        bases = [min(sum(first) / len(first), 2 * abs(first[0]))] if first else []
        if self.zero is not None and lab.hits(lab.stream(self.zero), self.zero):
            bases.append(judge.level(lab.curve(lab.stream(self.zero))))
        reached = [judge.level(lab.curve(u)) for u in (self.control, *self._tried_by("loss", suspicions))]
        best = min(filter(isfinite, reached), default=inf)
        never_negative = min(filter(isfinite, curve), default=0.0) >= 0 and best >= 0
        base = min(filter(isfinite, bases), default=inf)
        self.loss.scale = Scale(base=base, best=best, bottom=0.0 if never_negative else best)

    def _set_held_scale(self, suspicions: Sequence[Suspicion]) -> None:
        read = self.held_out_loss.read
        if not self.can_hold_out() or not (control := read(self.held_control)):
            return
        tried = [mean(values) for u in self._tried_by("held-out loss", suspicions) if (values := read(u))]
        knows_less = [self.lab.held_out(self.zero)] if self.zero else []
        knows_less += self._tried_by("worth of labels", suspicions)
        bases = [mean(values) for u in knows_less if (values := read(u))]
        base = min(filter(isfinite, bases), default=self.scale.base)
        best = min(filter(isfinite, [mean(control), *tried]), default=inf)
        self.held_out_loss.scale = Scale(base=base, best=best, bottom=0.0 if best >= 0 else best)

    def _single_batch(self) -> SingleBatch:
        """Never `plateaus` for what is still falling: the budget extends (SYSTEM B0.1)."""
        lab = self.lab
        verdict = judge.single_batch(lab.curve(lab.single_batch()))
        longer = min(lab.total, 5 * lab.ticks)
        if verdict.verdict == "still falling" and longer > lab.ticks:
            verdict = judge.single_batch(lab.curve(lab.single_batch(ticks=longer)))
        return verdict

    # -- what they say of the program as a whole ----------------------------------------------------------------------

    def fails(self) -> bool:
        """The whole run ends no better than something that knows less, or one batch cannot be memorised."""
        return any(self._knows_nothing(by=0.1)) or self.single.verdict not in ("memorised", "not run")

    def memorises(self) -> bool:
        """One batch, or it is well on the way there."""
        first, last = self.single.first, self.single.last
        half = first is not None and last is not None and 0 < last < 0.5 * first
        return self.single.verdict == "memorised" or (self.single.verdict == "still falling" and half)

    def unstable(self) -> bool:
        """The program's own steps make one batch worse, or leap about on it (SYSTEM B0.1)."""
        return self.single.verdict in ("goes up", "explodes", "oscillates")

    def learns_nothing(self) -> bool:
        """At the end of all that was watched, on the program's own rows and on held-out ones, it knows nothing."""
        if self.lab.channel is None:  # losses that take turns need not fall; but numbers they must be
            return not all(isfinite(v) for v in self.lab.scout.values[-10:])
        far_up = isfinite(self.scale.base) and self.whole > 2 * abs(self.scale.base) > 0
        return not isfinite(self.whole) or far_up or all(self._knows_nothing(by=0.02))

    def _knows_nothing(self, *, by: float) -> list[bool]:
        """Of the whole run and, where some could be held out, of held-out rows: no better than what knows less."""
        held = self.lab.probe_values(self.held_control) if self.can_hold_out() else []
        found = [_no_better(self.whole, self.scale.base, by)]
        if held and self.held_scale is not None:
            found.append(_no_better(mean(held), self.held_scale.base, by))
        return found


def _no_better(level: float, base: float, by: float) -> bool:
    """Than what knows less, by such a share of it."""
    return not isfinite(level) or (isfinite(base) and level > base - by * abs(base))
