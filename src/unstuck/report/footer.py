"""The single batch, what was looked for and how long it took, and the one thing to do now: the last lines.

Where there is no finding, the first line too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from unstuck.facts import Outcome, OutcomeState, Report, SingleBatch
from unstuck.report.layout import DOUBT, NO_BREAK, SOUND, WORD, Line, headed, line, wrap
from unstuck.report.numbers import number, quantity

STATES: tuple[OutcomeState, ...] = ("found", "clear", "not-applicable", "not-run", "error")


def headline_lines(report: Report, width: int) -> list[Line]:
    """What stands first where there is no finding; of a sound program, nearly all that is said."""
    if report.outcome == "healthy":
        took = quantity(f"{sum(report.seconds.values()):.1f}", "s") if report.seconds else ""
        said = _joined(report.script, looked_for(report.outcomes), took)
        return headed("healthy: ", SOUND, said, width, most=3)
    return headed(f"{report.outcome}: ", DOUBT, f"no cause was proved in {report.script}", width, most=3)


def summary_lines(report: Report, width: int) -> list[Line]:
    """What was examined, how many faults were looked for with what result and in what time; then the single batch.

    A healthy report has said its counts already.
    """
    counts = "" if report.outcome == "healthy" and not report.findings else looked_for(report.outcomes)
    counted = _joined(counts, seconds(report.seconds) if counts else "")
    said = [report.summary, counted, single_batch(report.single_batch)]
    return [line(row) for text in said if text.strip() for row in wrap(text, width, rest="  ", most=2)]


def next_lines(report: Report, width: int) -> list[Line]:
    """The one thing to do now."""
    return headed("next: ", WORD, report.next, width, indent=6, most=3) if report.next.strip() else []


def single_batch(seen: SingleBatch) -> str:
    """The verdict on one batch, shown again and again: `single batch: memorised, loss 2.31 to 0.004 in 120 steps`."""
    if seen.verdict == "not run":
        return "single batch: not run"
    numbers = ""
    if seen.first is not None and seen.last is not None:
        numbers = f", loss {number(seen.first)} to {number(seen.last)}"
    steps = f" in {seen.steps} steps" if seen.steps > 0 else ""
    return f"single batch: {seen.verdict}{numbers}{steps}"


def looked_for(outcomes: Sequence[Outcome]) -> str:
    """`61 faults looked for: 1 found, 52 clear, 6 not applicable, 2 not run`."""
    counts = Counter(outcome.state for outcome in outcomes)
    said = [f"{counts[state]}{NO_BREAK}{state.replace('-', NO_BREAK)}" for state in STATES if counts[state]]
    if counts["not-run"] + counts["error"] == len(outcomes):
        return ": ".join(["no fault could be looked for", *([", ".join(said)] if said else [])])
    return f"{len(outcomes)} {'fault' if len(outcomes) == 1 else 'faults'} looked for: {', '.join(said)}"


def seconds(took: Mapping[str, float]) -> str:
    """`2.7 s start, 1.1 s observe, 6 s experiment`; whatever else took time is counted together."""
    parts = {part: took[part] for part in ("start", "observe", "experiment") if part in took}
    other = [value for part, value in took.items() if part not in parts]
    parts |= {"other": sum(other)} if other else {}
    return ", ".join(f"{quantity(f'{value:.1f}', 's')}{NO_BREAK}{part}" for part, value in parts.items())


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part.strip())
