"""Which experiments are run and what their curves say, with an engine that knows every curve beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from unstuck.debug.cases import Case
from unstuck.debug.court import Court
from unstuck.debug.findings import find_root
from unstuck.debug.lab import Lab
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Change, Place, Suspicion
from unstuck.trace.curve import Curve

LOSS = "train.py:9"
Level = Callable[[Universe], float]
"""The loss at which a universe ends; it begins at 2."""


def curve(universe: Universe, end: float) -> list[float]:
    """Half of the steps down to the end, and then it stays there."""
    half = universe.ticks // 2
    return [2.0 + (end - 2.0) * min(1.0, step / half) for step in range(universe.ticks)]


@dataclass
class Engine:
    level: Level
    cores: int = 2
    asked: list[Universe] = field(default_factory=list)
    seconds: float = 0.1

    def run(self, universes: Iterable[Universe], done: Any = None) -> list[Result]:
        wanted = list(universes)
        self.asked += wanted
        return [self.result(u) for u in wanted]

    def result(self, universe: Universe) -> Result:
        values = curve(universe, self.level(universe))
        record = {"curve": {"values": values, "which": [0] * len(values), "channels": [LOSS]}}
        hits = {change.key(): 1 for change in universe.changes}
        return Result(end="limit", record=record, hits=hits, seconds=self.seconds)


@dataclass
class Observation:
    curve: Curve

    def get(self, wanted: type) -> Any:
        return self.curve if wanted is Curve else None


def court(level: Level, *suspicions: Suspicion, total: int = 50, budget: float = 60.0, tick: float = 0.001) -> Court:
    engine = Engine(level)
    scout = engine.result(Universe(ticks=total))
    seen = Curve(channel=LOSS, values=tuple(scout.values), site=Place(path=""), ticks=total, tick_seconds=tick)
    lab = Lab(engine, Observation(seen), scout, lambda text: None, budget)  # type: ignore[arg-type]
    return Court(lab, suspicions)


def suspicion(fault: str, name: str, **more: Any) -> Suspicion:
    return Suspicion(fault=fault, claim="", place=Place(path="train.py", line=3), change=Change(name=name), **more)


def changed(universe: Universe, name: str) -> bool:
    return any(change.name == name for change in universe.changes)


CLIPPING = suspicion("clip-too-small", "drop_clipping")
MODE = suspicion("eval-mode-in-training", "force_mode")
HIGH = suspicion("learning-rate-too-high", "scale_learning_rate", quiet=True)


def states(cases: list[Case]) -> dict[str, str]:
    return {case.fault: case.state for case in cases}


def test_what_cures_in_every_seed_is_the_root() -> None:
    tried = court(lambda u: 0.1 if changed(u, "drop_clipping") else 1.8, CLIPPING, MODE)
    cases = tried.try_all()
    assert states(cases) == {"clip-too-small": "hurts", "eval-mode-in-training": "harmless"}
    root = find_root(cases)
    assert root is not None
    assert root.fault == "clip-too-small"
    assert {u.seed for u in tried.lab.engine.asked} == {0, 1, 2}  # type: ignore[attr-defined]


def test_what_cures_in_one_seed_only_makes_room_for_the_next() -> None:
    def level(universe: Universe) -> float:
        by_luck = changed(universe, "drop_clipping") and universe.seed == 0
        return 0.1 if by_luck else 0.5 if changed(universe, "force_mode") else 1.8

    cases = court(level, CLIPPING, MODE).try_all()
    assert states(cases) == {"clip-too-small": "undecided", "eval-mode-in-training": "hurts"}
    assert "not in every seed" in cases[0].why


def test_consequences_are_not_repeated() -> None:
    tried = court(
        lambda u: 0.1 if changed(u, "drop_clipping") else 0.5 if changed(u, "force_mode") else 1.8, CLIPPING, MODE
    )
    tried.try_all()
    repeated = [u for u in tried.lab.engine.asked if u.seed]  # type: ignore[attr-defined]
    assert not any(changed(u, "force_mode") for u in repeated)


def test_a_program_that_learns_has_no_fault_of_its_rate() -> None:
    def ends(as_it_is: float, slower: float) -> Level:
        return lambda universe: slower if changed(universe, "scale_learning_rate") else as_it_is

    assert states(court(ends(0.9, 0.4), HIGH).try_all()) == {"learning-rate-too-high": "harmless"}
    assert states(court(ends(1.95, 0.1), HIGH).try_all()) == {"learning-rate-too-high": "hurts"}


def test_what_the_program_catches_up_with_is_no_fault() -> None:
    """Of 800 steps 50 are affordable: slow at first, but the whole run gets there."""

    def level(universe: Universe) -> float:
        return 0.1 if universe.ticks > 100 or changed(universe, "drop_clipping") else 1.8

    assert states(court(level, CLIPPING, total=800, tick=0.012).try_all()) == {"clip-too-small": "harmless"}


def test_a_program_that_fails_is_tried_in_its_own_length() -> None:
    def level(universe: Universe) -> float:
        return 0.1 if universe.ticks > 100 and changed(universe, "drop_clipping") else 1.9

    tried = court(level, CLIPPING, total=400, tick=0.012)
    assert states(tried.try_all()) == {"clip-too-small": "hurts"}
    assert not tried.cut_short


def test_without_a_budget_for_it_nothing_is_said() -> None:
    tried = court(lambda u: 1.9, CLIPPING, total=400, tick=0.012, budget=1.0)
    assert states(tried.try_all()) == {"clip-too-small": "harmless"}
    assert tried.cut_short
