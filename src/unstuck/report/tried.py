"""What was tried besides: harmless though it looked odd, costly but no fault, undecided, and what was not tried."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from unstuck.facts import Outcome, Report, Trial, TrialState
from unstuck.report.layout import NO_BREAK, Line, listing
from unstuck.report.numbers import difference

SETTING = re.compile(r"(.+?)(?:: (?!.*: )| (?=×\S+$))(.+)", re.DOTALL)
USUAL = ("", "loss", "training loss")
"""What an effect is an effect on, unless it is said."""


def tried_lines(report: Report, width: int) -> list[Line]:
    """A line or a few for each kind, so that "harmless", "undecided" and "could not look" never look alike."""
    found = {finding.fault for finding in report.findings}
    costly = [trial for trial in _in_state(report, "hurts") if trial.fault not in found]
    undecided = [trial for trial in _in_state(report, "undecided") if trial.fault not in found]
    return [
        *_listed("looked odd, measured harmless", effects(_in_state(report, "harmless")), width, most=5),
        *_listed("could be better, but no fault", effects(costly), width, most=3),
        *_listed("tried, undecided", by_reason((t.why, t.change) for t in undecided), width, most=3),
        *_listed("could not be tried", by_reason(_not_run(report, found)), width, most=4),
        *_listed("went wrong in unstuck, not in your program", by_reason(_errors(report.outcomes)), width, most=3),
    ]


def effects(trials: Sequence[Trial]) -> list[str]:
    """`lr 3e-3: ×0.3 −0.01, ×3 +0.02`: trials of one choice stand together, equal results are counted.

    The change of a trial names the choice and, after a colon or as a last factor, what was tried instead.
    """
    choices: dict[str, list[str]] = {}
    for trial in trials:
        found = SETTING.fullmatch(trial.change)
        choice, setting = found.groups() if found else (trial.change, "")
        choices.setdefault(choice, []).append(f"{setting} {_effect(trial)}".strip().replace(" ", NO_BREAK))
    return [f"{choice}: {', '.join(_counted(found))}" for choice, found in choices.items()]


def by_reason(reasons: Iterable[tuple[str, str]]) -> list[str]:
    """`overfits, data-leak (no validation loader)`: what shares a reason stands together."""
    sharing: dict[str, list[str]] = {}
    for why, what in reasons:
        sharing.setdefault(why, []).append(what)
    return [f"{_some(_counted(names))} ({why or 'no reason given'})" for why, names in sharing.items()]


def _effect(trial: Trial) -> str:
    if trial.control is None or trial.treated is None:
        return "no effect" if trial.state == "harmless" else "not measured"
    moved = difference(trial.control, trial.treated)
    return moved if trial.metric in USUAL else f"{moved} {trial.metric}"


def _in_state(report: Report, state: TrialState) -> list[Trial]:
    return [trial for trial in report.tried if trial.state == state]


def _not_run(report: Report, found: set[str]) -> list[tuple[str, str]]:
    """Experiments not run, then faults that could not be looked for, without what a finding already says."""
    trials = [trial for trial in _in_state(report, "not-run") if trial.fault not in found]
    said = found | {trial.fault for trial in [*trials, *_in_state(report, "undecided")]}
    faults = [each for each in report.outcomes if each.state == "not-run" and each.fault not in said]
    return [(t.why, t.change) for t in trials] + [(each.why, each.fault) for each in faults]


def _errors(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(each.why, each.fault) for each in outcomes if each.state == "error"]


def _some(names: Sequence[str]) -> str:
    """Four names, or three and how many more there are."""
    if len(names) <= 4:
        return ", ".join(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"


def _counted(texts: Sequence[str]) -> list[str]:
    return [text if count == 1 else f"{text}{NO_BREAK}({count}×)" for text, count in Counter(texts).items()]


def _listed(head: str, items: Sequence[str], width: int, *, most: int) -> list[Line]:
    return listing(head, items, width, most=most) if items else []
