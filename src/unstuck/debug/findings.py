"""Cases into findings: which one is the root, what is said of the others."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from unstuck.debug.cases import LEARNING_RATES, UNRELATED, Case, say_change
from unstuck.experiment.judge import GREAT
from unstuck.facts import Finding, Place, Proof, Rival, Suspicion, Trial
from unstuck.trace.provenance import written


def find_root(cases: list[Case]) -> Case | None:
    """The one root cause of all that hurts."""
    hurting = _hurting(cases)
    roots = [c for c in hurting if not any(_explains(other, c) for other in hurting)]
    return max(roots or hurting, key=_weight, default=None)


def say(root: Case, cases: list[Case], replay: str, floor: float, argv: tuple[str, ...] = ()) -> Finding:
    """One root cause, one finding: the others that help stand under it as rivals."""
    others = [c.fault for c in _hurting(cases) if c.fault != root.fault]
    return replace(_finding(root, cases, replay, floor, argv), explains=tuple(dict.fromkeys(others)), rank=1)


def _hurting(cases: list[Case]) -> list[Case]:
    hurting = [c for c in cases if c.state == "hurts"]
    if any(c.fault != UNRELATED and (c.metric == "held-out loss" or _is_great(c)) for c in hurting):
        hurting = [c for c in hurting if c.fault != UNRELATED]  # rows can be predicted, once that is undone
    return hurting


def _is_great(case: Case) -> bool:
    return case.effect is not None and case.effect.of_range >= GREAT


def _weight(case: Case) -> float:
    """Facts first, then what cures most; a special cause before the learning rate unless that does far better."""
    weight = min(1.0, case.effect.of_range) if case.effect and isfinite(case.effect.of_range) else 1.0
    weight += 0.15 * case.suspicion.oddness
    if case.suspicion.read_off or case.suspicion.contradicts:
        weight += 1.0
    if case.fault in ("non-finite-data", "flipped-loss-sign"):
        weight += 1.5
    if case.fault in LEARNING_RATES:
        weight -= 0.3
    if case.fault == UNRELATED:
        weight += 0.5
    return weight


def _finding(case: Case, cases: list[Case], replay: str, floor: float, argv: tuple[str, ...]) -> Finding:
    suspicion = case.suspicion
    place, related = _places(suspicion, argv)
    return Finding(
        fault=case.fault,
        verdict="confirmed",
        claim=suspicion.claim,
        place=place,
        saw=suspicion.saw,
        proof=_proof(case, replay, floor),
        fix=suspicion.fix,
        related=related,
        rivals=tuple(_rivals(case, cases)),
    )


def _places(suspicion: Suspicion, argv: tuple[str, ...]) -> tuple[Place, tuple[Place, ...]]:
    """The line that the fix changes: of a setting, where its number is written; then the call that it is for."""
    setting = written(suspicion.place, suspicion.argument, suspicion.value, argv)
    if setting.constant is None:
        return setting.argument, suspicion.related
    return replace(setting.constant, object=suspicion.place.object), (setting.argument, *suspicion.related)


def _proof(case: Case, replay: str, floor: float) -> Proof:
    """The experiment, or the fact with what undoing it changes."""
    suspicion, effect = case.suspicion, case.effect
    words = say_change(suspicion.change) if suspicion.change else suspicion.read_off
    return Proof(
        kind="read off" if suspicion.read_off else "experiment",
        change=words if not suspicion.read_off else suspicion.read_off,
        metric=case.metric,
        control=effect.control if effect else None,
        treated=effect.treated if effect else None,
        floor=floor,
        interval=effect.interval if effect else None,
        curves=case.curves,
        replay=replay,
    )


def _rivals(root: Case, cases: list[Case]) -> list[Rival]:
    rivals: list[Rival] = []
    for case in cases:
        if case.fault == root.fault or case.effect is None or case.fault in [r.fault for r in rivals]:
            continue
        if case.suspicion.quiet and case.fault not in LEARNING_RATES:
            continue  # nobody thought it odd
        words = f"{say_change(case.suspicion.change)}: {case.effect.control:.3g} → {case.effect.treated:.3g}"
        if case.state in ("harmless", "undecided"):
            rivals.append(Rival(fault=case.fault, why_not=words))
    return rivals[:6]


def trial(case: Case, floor: float) -> Trial:
    """A case as it stands under `tried`."""
    effect = case.effect
    return Trial(
        fault=case.fault,
        change=say_change(case.suspicion.change) if case.suspicion.change else case.suspicion.read_off,
        place=case.suspicion.place,
        metric=case.metric,
        state=case.state,
        why=case.why,
        control=effect.control if effect else None,
        treated=effect.treated if effect else None,
        floor=floor if effect else None,
        interval=effect.interval if effect else None,
    )


def _explains(cause: Case, case: Case) -> bool:
    """What undoing the cause does as well is a consequence of it."""
    if case.fault not in cause.suspicion.explains or cause.effect is None or case.effect is None:
        return False
    return cause.effect.of_range >= 0.9 * case.effect.of_range
