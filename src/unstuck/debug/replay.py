"""One proof again: the same control and the same change, from the same moment, and the numbers beside the saved ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unstuck.debug.archive import NoSuchRun, Saved, universe_from
from unstuck.debug.cases import say_change
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
    pair = _pair(folder, change)
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
    return Replay(fault=fault, change=change, saved=before, now=_levels(results))


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


def _pair(folder: Path, change: str) -> tuple[Universe, Universe, tuple[float, float]] | None:
    """The treated universe of seed 0 that was changed so, and the unchanged one of the same length."""
    entries = [json.loads(line) for line in (folder / "experiments.jsonl").read_text().splitlines()]
    universes = [(universe_from(e["universe"]), Result(**e["result"])) for e in entries]
    treated = [
        (u, r) for u, r in universes if len(u.changes) == 1 and u.seed == 0 and say_change(u.changes[0]) == change
    ]
    for universe, result in reversed(treated):
        for control, before in universes:
            if (
                not control.changes
                and control.seed == 0
                and (control.ticks, control.probes) == (universe.ticks, universe.probes)
            ):
                return control, universe, _levels([before, result])
    return None


def _levels(results: list[Result]) -> tuple[float, float]:
    before, after = (judge.level(r.values) for r in results)
    return before, after
