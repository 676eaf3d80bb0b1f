"""The whole way of a diagnosis, in order: start, observe, suspect, experiment, judge, report."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from unstuck import __version__
from unstuck.debug import crash
from unstuck.debug.lab import Lab
from unstuck.debug.verdicts import Case, Court
from unstuck.experiment.universes.engine import Engine, ForkEngine, FreshEngine, Stopped
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Finding, Outcome, Report, SingleBatch
from unstuck.faults import suspect
from unstuck.program import Program
from unstuck.trace import Observation

FULL = 16
"""Backwards that the scout watches with every probe."""
MOST_TICKS = 3000


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user may choose."""

    budget: float = 60.0
    """Seconds of experiments."""
    engine: Literal["auto", "fork", "fresh"] = "auto"
    cores: int | None = None


class NothingToWatch(Exception):
    """The program never trained; the message is one sentence for the user."""


def diagnose(program: Program, options: Options, progress: Callable[[str], None] = lambda text: None) -> Report:
    """Debug a program: watch it, try what looks odd, and say what is wrong.

    Raises:
        NotAProgram: it cannot be run at all.
        NothingToWatch: it ran, and no training was seen.
    """
    program.check()
    started = time.monotonic()
    engine = make_engine(program, options, progress)
    try:
        return _diagnose(program, options, engine, progress, started)
    finally:
        engine.close()


def make_engine(program: Program, options: Options, progress: Callable[[str], None]) -> Engine:
    """Fork where the system can, unless told otherwise."""
    cores = options.cores or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    kind = options.engine if options.engine != "auto" else ("fork" if platform.system() == "Linux" else "fresh")
    return (ForkEngine if kind == "fork" else FreshEngine)(program, cores=cores, progress=progress)


def _diagnose(
    program: Program, options: Options, engine: Engine, progress: Callable[[str], None], started: float
) -> Report:
    report = _Writer(program, engine, started)
    try:
        pause = engine.start()
    except Stopped as stopped:
        return crash.before_training(program, engine, stopped, report.blank())
    report.mark("start")
    scout = observe(engine, pause, progress, options)
    report.mark("observe")
    if scout.end == "never trained":
        raise NothingToWatch(f"{program.name} ended, and no training step was seen (no backward of a loss)")
    if scout.end == "killed":
        how = scout.extra.get("how") or scout.extra.get("our_error") or "it was gone"
        raise NothingToWatch(f"{program.name} could not be watched: {how}")
    observation = Observation(scout.record, scout.crash)
    if scout.crash:
        return crash.explain(engine, observation, scout, report.blank(), progress)
    suspicions, outcomes = suspect(observation)
    lab = Lab(engine, observation, scout, progress, options.budget)
    court = Court(lab, suspicions)
    cases = court.try_all()
    findings = court.findings(cases)
    report.mark("experiment")
    return report.finish(court, cases, findings, outcomes)


def observe(engine: Engine, pause: dict[str, Any], progress: Callable[[str], None], options: Options) -> Result:
    """The scout: the unchanged program with all probes for the first steps, then on to its end or a limit."""
    progress("watching the first steps")
    seconds = min(max(4.0, options.budget / 6), 20.0)
    scout = Universe(ticks=MOST_TICKS, full=FULL, states="record", seconds=seconds)
    (result,) = engine.run([scout])
    moment = result.extra.get("first_moment")
    if moment and moment > pause["moment"]:
        engine.advance(moment)
        (result,) = engine.run([scout])
    broken = _first_non_finite(result)
    if broken is not None and FULL <= broken < 2000:  # look closely at the step where it broke
        closer = Universe(ticks=broken + 2, full=broken + 2, states="put back", seconds=seconds * 3)
        (close,) = engine.run([closer])
        if "data" in close.record:
            result.record["data"] = close.record["data"]
    if result.crash and result.extra.get("backwards", 0) >= FULL:
        closer = Universe(ticks=MOST_TICKS, full=result.extra["backwards"] + 2, states="put back", seconds=seconds * 3)
        (close,) = engine.run([closer])
        result = close if close.crash else result
    return result


def _first_non_finite(result: Result) -> int | None:
    return next((i for i, v in enumerate(result.values) if not isfinite(v)), None)


class _Writer:
    """Puts the report together, with the time each part took."""

    def __init__(self, program: Program, engine: Engine, started: float) -> None:
        self.program, self.engine = program, engine
        self.seconds: dict[str, float] = {}
        self._last = started

    def mark(self, part: str) -> None:
        now = time.monotonic()
        self.seconds[part] = round(now - self._last, 3)
        self._last = now

    def blank(self) -> Report:
        return Report(
            version=__version__,
            script=("-m " if self.program.is_module else "") + self.program.name,
            argv=self.program.argv,
            outcome="inconclusive",
            seconds=self.seconds,
            environment={"python": platform.python_version(), "engine": self.engine.name},
        )

    def finish(self, court: Court, cases: list[Case], findings: list[Finding], outcomes: list[Outcome]) -> Report:
        from dataclasses import replace

        tried = tuple(court.trial(case) for case in cases if _worth_saying(case))
        words = f"unstuck debug {' '.join(self.program.words)}"
        return replace(
            self.blank(),
            outcome="faults" if findings else "healthy",
            findings=tuple(findings),
            tried=tried,
            outcomes=tuple(_outcomes(cases, findings, outcomes)),
            single_batch=court.single if court.single else SingleBatch(),
            summary=_summary(court, cases),
            next=f"apply the fix, then {words} again" if findings else "evaluate: where does the remaining error come from",
        )


def _worth_saying(case: Case) -> bool:
    return case.state != "not-run" or not case.suspicion.quiet


def _outcomes(cases: list[Case], findings: list[Finding], outcomes: list[Outcome]) -> list[Outcome]:
    found = {f.fault for f in findings}
    judged: dict[str, Outcome] = {}
    for case in cases:
        state = "found" if case.fault in found else "not-run" if case.state in ("not-run", "undecided") else "clear"
        if case.fault not in judged or state == "found":
            why = case.why or (f"{case.effect.control:.3g} → {case.effect.treated:.3g}" if case.effect else "")
            judged[case.fault] = Outcome(fault=case.fault, state=state, why=why)  # type: ignore[arg-type]
    return [*outcomes, *judged.values()]


def _summary(court: Court, cases: list[Case]) -> str:
    lab = court.lab
    return f"{lab.total} steps watched, {len(lab.results)} experiments of up to {lab.ticks} steps"
