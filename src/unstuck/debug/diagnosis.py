"""The whole way of a diagnosis, in order: start, observe, suspect, experiment, judge, report."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from unstuck import __version__
from unstuck.debug import crash
from unstuck.debug.archive import Archive, Saved
from unstuck.debug.cases import LEARNING_RATES, Case
from unstuck.debug.court import Court
from unstuck.debug.crash import NothingToWatch as NothingToWatch
from unstuck.debug.findings import find_root, say, trial
from unstuck.debug.lab import Lab
from unstuck.experiment.universes.engine import Engine, ForkEngine, FreshEngine, Stopped
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Finding, Outcome, Report, ReportOutcome
from unstuck.faults import all_faults, suspect
from unstuck.program import Program
from unstuck.trace import Observation
from unstuck.trace.phases import Phase, first_phase, later_phases

FULL = 16
"""Backwards that the scout watches with every probe."""
MOST_TICKS = 3000
MOST_PHASES = 2
"""Later phases that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user may choose."""

    budget: float = 60.0
    """Seconds of experiments."""
    engine: Literal["auto", "fork", "fresh"] = "auto"
    cores: int | None = None


def diagnose(program: Program, options: Options, progress: Callable[[str], None] = lambda text: None) -> Report:
    """Debug a program: watch it, try what looks odd, and say what is wrong.

    Raises:
        NotAProgram: it cannot be run at all.
        NothingToWatch: it ran, and no training was seen.
    """
    program.check()
    writer = _Writer(program, make_engine(program, options, progress), Archive(program))
    try:
        report = _diagnose(options, writer, progress)
    except Stopped:
        said = writer.engine.output.decode(errors="replace").strip().splitlines()[-1:]
        last = f"; it said last: {said[0][:200]}" if said else ""
        raise NothingToWatch(f"{program.name} was gone while it was watched{last}") from None
    finally:
        writer.engine.close()
    writer.keep(report)
    return report


def judge_again(folder: Path) -> Report:
    """Judge a saved run anew, from what was seen, without running anything (`--from RUN`).

    Raises:
        NoSuchRun: the folder holds no observation.
    """
    saved = Saved(folder)
    writer = _Writer(saved.program, saved, None)
    return _conclude(Options(), writer, saved.scout, lambda text: None)


def make_engine(program: Program, options: Options, progress: Callable[[str], None]) -> Engine:
    """Fork where the system can, unless told otherwise."""
    cores = options.cores or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    kind = options.engine if options.engine != "auto" else ("fork" if platform.system() == "Linux" else "fresh")
    return (ForkEngine if kind == "fork" else FreshEngine)(program, cores=cores, progress=progress)


def _diagnose(options: Options, writer: _Writer, progress: Callable[[str], None]) -> Report:
    program, engine = writer.program, writer.engine
    try:
        pause = engine.start()
    except Stopped as stopped:
        return crash.before_training(program, engine, stopped, writer.blank())
    writer.mark("start")
    scout, universe = observe(engine, pause, progress, options)
    writer.mark("observe")
    if scout.end == "never trained":
        raise NothingToWatch(f"{program.name} ended, and no training step was seen (no backward of a loss)")
    if scout.end == "killed":
        how = scout.extra.get("how") or scout.extra.get("our_error") or "it was gone"
        raise NothingToWatch(f"{program.name} could not be watched: {how}")
    phases = later_phases(scout.record)[:MOST_PHASES]
    ends = [phase.tick for phase in phases if not phase.unfrozen]
    first = replace(scout, record=first_phase(scout.record, ends[0])) if ends and not scout.crash else scout
    writer.observed(first, universe)
    report = _conclude(options, writer, first, progress)
    for number, phase in enumerate(phases, 2):
        left = options.budget - writer.seconds.get("experiment", 0.0)
        if report.findings or report.crash or left < options.budget / 4:
            break
        progress(f"the program trains in {len(phases) + 1} phases: on to the next")
        report = _next_phase(replace(options, budget=left), writer, phase, report, progress)
        report = replace(report, summary=f"phase {number} of the training, from step {phase.tick}: {report.summary}")
    return report


def _next_phase(
    options: Options, writer: _Writer, phase: Phase, before: Report, progress: Callable[[str], None]
) -> Report:
    """The same for what comes after: the program goes on to where another optimizer takes over."""
    try:
        writer.engine.advance(phase.moment)
    except Stopped:
        return before
    scout = _scout(options)
    (result,) = writer.engine.run([scout])
    if result.crash or result.end in ("never trained", "killed"):
        return before
    writer.observed(result, scout)
    report = _conclude(options, writer, result, progress)
    still = {"outcome": before.outcome, "next": before.next} if before.outcome == "inconclusive" else {}
    report = replace(report, tried=(*before.tried, *report.tried), seconds=dict(writer.seconds))
    return report if report.findings else replace(report, **still)  # type: ignore[arg-type]


def _conclude(options: Options, writer: _Writer, scout: Result, progress: Callable[[str], None]) -> Report:
    observation = Observation(scout.record, scout.crash)
    if scout.crash:
        return crash.explain(writer.engine, observation, scout, writer.blank(), progress)
    suspicions, outcomes = suspect(observation)
    lab = Lab(writer.engine, observation, scout, progress, options.budget, writer.tried, writer.replay())
    court = Court(lab, suspicions)
    cases = court.try_all()
    root = find_root(cases)
    findings = [say(root, cases, lab.replay, court.floor, writer.program.argv)] if root is not None else []
    writer.proved([court.evidence.proof(root)] if root is not None else [])
    writer.mark("experiment")
    return writer.finish(court, cases, findings, outcomes)


def observe(
    engine: Engine, pause: dict[str, Any], progress: Callable[[str], None], options: Options
) -> tuple[Result, Universe]:
    """The scout: the unchanged program with all probes for the first steps, then on to its end or a limit."""
    progress("watching the first steps")
    scout = _scout(options)
    (result,) = engine.run([scout])
    moment = result.extra.get("first_moment")
    if moment and moment > pause["moment"]:
        engine.advance(moment)
        (result,) = engine.run([scout])
    broken = _first_non_finite(result)
    if broken is not None and FULL <= broken < 2000:  # look closely at the step where it broke
        closer = Universe(ticks=broken + 2, full=broken + 2, seconds=scout.seconds * 3)
        (close,) = engine.run([closer])
        if "data" in close.record:
            result.record["data"] = close.record["data"]
    if result.crash and result.extra.get("backwards", 0) >= FULL:
        closer = Universe(ticks=MOST_TICKS, full=result.extra["backwards"] + 2, seconds=scout.seconds * 3)
        (close,) = engine.run([closer])
        result = close if close.crash else result
    return result, scout


def _scout(options: Options) -> Universe:
    seconds = min(max(4.0, options.budget / 6), 20.0)
    return Universe(ticks=MOST_TICKS, full=FULL, states="record", seconds=seconds)


def _first_non_finite(result: Result) -> int | None:
    return next((i for i, v in enumerate(result.values) if not isfinite(v)), None)


class _Writer:
    """Puts the report together, with the time each part took, and keeps everything on disk."""

    def __init__(self, program: Program, engine: Engine, archive: Archive | None) -> None:
        self.program, self.engine, self.archive = program, engine, archive
        self.seconds: dict[str, float] = {}
        self.containment = "none"
        """The level that kept the universes harmless."""
        self._last = time.monotonic()

    def mark(self, part: str) -> None:
        now = time.monotonic()
        self.seconds[part] = round(self.seconds.get(part, 0.0) + now - self._last, 3)
        self._last = now

    def observed(self, scout: Result, universe: Universe) -> None:
        self.containment = scout.level
        if self.archive is not None:
            self.archive.observation(scout, universe)

    def tried(self, pairs: list[tuple[Universe, Result]]) -> None:
        if self.archive is not None:
            self.archive.experiments(pairs)

    def proved(self, proofs: list[tuple[Universe, Universe] | None]) -> None:
        if self.archive is not None:
            self.archive.proofs(proofs)

    def keep(self, report: Report) -> None:
        if self.archive is not None:
            self.archive.write("output.txt", self.engine.output.decode(errors="replace"))
            if report.crash is not None:
                self.archive.write("traceback.txt", report.crash.traceback)

    def blank(self) -> Report:
        return Report(
            version=__version__,
            script=("-m " if self.program.is_module else "") + self.program.name,
            argv=self.program.argv,
            outcome="inconclusive",
            seconds=self.seconds,
            run=self._run(),
            environment={
                "python": platform.python_version(),
                "engine": self.engine.name,
                "containment": self.containment,
            },
        )

    def replay(self) -> str:
        return f"unstuck replay {Path(self._run()).name} --finding 1" if self._run() else ""

    def _run(self) -> str:
        if self.archive is None or self.archive.folder is None:
            return ""
        return str(self.archive.folder)

    def finish(self, court: Court, cases: list[Case], findings: list[Finding], outcomes: list[Outcome]) -> Report:
        tried = tuple(trial(case, court.floor) for case in cases if _worth_saying(case))
        outcome: ReportOutcome = (
            "faults" if findings else "inconclusive" if court.evidence.learns_nothing() else "healthy"
        )
        words = " ".join(self.program.words)
        nexts = {
            "faults": f"apply the fix, then unstuck debug {words} again",
            "inconclusive": f"unstuck debug --budget {2 * int(court.lab.budget)} {words}: in the steps watched it learns "
            "nothing, and no cause was proved",
            "healthy": "evaluate: where does the remaining error come from",
        }
        return replace(
            self.blank(),
            outcome=outcome,
            findings=tuple(findings),
            tried=tried,
            outcomes=tuple(_outcomes(cases, findings, outcomes)),
            single_batch=court.evidence.single,
            summary=_summary(court, cases),
            next=nexts[outcome],
        )


def _worth_saying(case: Case) -> bool:
    if case.suspicion.quiet and case.fault not in LEARNING_RATES:
        return case.state == "hurts"  # nobody thought it odd
    return case.state != "not-run" or not case.suspicion.quiet


def _outcomes(cases: list[Case], findings: list[Finding], outcomes: list[Outcome]) -> list[Outcome]:
    found = {f.fault for f in findings}
    judged: dict[str, Outcome] = {}
    for case in cases:
        state = "found" if case.fault in found else "not-run" if case.state in ("not-run", "undecided") else "clear"
        before = judged.get(case.fault)
        if before is None or state == "found" or (case.state == "undecided" and before.state == "clear"):
            why = case.why or (f"{case.effect.control:.3g} → {case.effect.treated:.3g}" if case.effect else "")
            judged[case.fault] = Outcome(fault=case.fault, state=state, why=why)  # type: ignore[arg-type]
    known = {outcome.fault for outcome in outcomes} | set(judged)
    needless = "not needed: the cause was found before, or the program learns well"
    left = [Outcome(fault=slug, state="not-run", why=needless) for slug in all_faults() if slug not in known]
    return [*outcomes, *judged.values(), *left]


def _summary(court: Court, cases: list[Case]) -> str:
    lab = court.lab
    kept = {"namespace": "kept harmless by the kernel", "landlock": "kept harmless by Landlock"}
    contained = kept.get(lab.scout.level, f"containment: {lab.scout.level}")
    return f"{lab.total} steps watched, {len(lab.results)} experiments of up to {lab.ticks} steps, {contained}"
