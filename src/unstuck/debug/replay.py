"""One proof again: the same control and the same change, from the same moment, and the numbers beside the saved ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from unstuck.debug.archive import NoSuchRun, Saved, universe_from
from unstuck.debug.diagnosis import Options, make_engine
from unstuck.experiment import judge
from unstuck.experiment.universes.spec import Result, Universe


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A proof as it was saved and as it came out now."""

    fault: str
    change: str
    saved: tuple[float, float]
    now: tuple[float, float]

    @property
    def same(self) -> bool:
        """Bit by bit the same levels."""
        return self.saved == self.now


def replay(folder: Path, finding: int, progress: Callable[[str], None] = lambda text: None) -> Replay:
    """Repeat the proof of the n-th finding of a saved run.

    Raises:
        NoSuchRun: the run has no such finding, or its proof is a fact that was read off.
    """
    saved = Saved(folder)
    fault, change = _finding(folder, finding)
    pair = _pair(folder, finding)
    if pair is None:
        raise NoSuchRun(f"the proof of {fault} was read off, or its experiment was not saved: nothing to repeat")
    control, treated, before = pair
    engine = make_engine(saved.program, Options(), progress)
    try:
        pause = engine.start()
        moment = saved.scout.extra.get("first_moment") or 1
        if moment > pause["moment"]:
            engine.advance(moment)
        length = max(control.ticks, treated.ticks)
        engine.run([Universe(ticks=length, states="record", seconds=600)])
        results = engine.run([control, treated])
    finally:
        engine.close()
    now = _level(control, results[0]), _level(treated, results[1])
    return Replay(fault=fault, change=change, saved=before, now=now)


def _finding(folder: Path, number: int) -> tuple[str, str]:
    """The fault and the change of the n-th finding of the saved report."""
    try:
        findings = json.loads((folder / "report.json").read_text(encoding="utf-8"))["findings"]
    except (OSError, ValueError, KeyError):
        raise NoSuchRun(f"run {folder.name} was not finished: it has no report") from None
    if not 1 <= number <= len(findings):
        raise NoSuchRun(f"run {folder.name} has {len(findings)} findings, no finding {number}")
    finding = findings[number - 1]
    return finding["fault"], (finding["proof"] or {}).get("change", "")


def _pair(folder: Path, number: int) -> tuple[Universe, Universe, tuple[float, float]] | None:
    """The two universes that proved the n-th finding, with the levels that they had."""
    try:
        proofs = json.loads((folder / "proofs.json").read_text(encoding="utf-8"))
        kept = [json.loads(line) for line in (folder / "experiments.jsonl").read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return None
    if number > len(proofs) or not proofs[number - 1]:
        return None
    control, treated = (universe_from(data) for data in proofs[number - 1])
    results = {universe_from(e["universe"]).key(): Result(**e["result"]) for e in kept}
    if control.key() not in results or treated.key() not in results:
        return None
    return control, treated, (_level(control, results[control.key()]), _level(treated, results[treated.key()]))


def _level(universe: Universe, result: Result) -> float:
    """As the finding gives it: of the rows that were shown in the end, of what was measured, else of the loss."""
    values = result.record.get(universe.measure, []) if universe.measure else result.values
    if universe.probes:
        values = values[-universe.probes :]
        return sum(values) / len(values) if values else inf
    if any(change.name == "answer_with_target" for change in universe.changes):
        return judge.level(values[1:], share=1.0)
    return judge.level(values)
