"""The laboratory of one diagnosis: runs universes through an engine, each once, and knows how long they may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from unstuck.experiment.universes.engine import Engine
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Change
from unstuck.trace import Observation
from unstuck.trace.curve import Curve
from unstuck.trace.summaries import Batches

SECONDS_A_UNIVERSE = 0.6
LENGTHS = (50, 100, 200, 400, 800, 1600, 3200)
"""Few lengths, and processor seconds: the same program gets the same experiments on a busy machine."""
LATE_SECONDS = 8.0
"""Processor seconds that a universe may take for what shows late."""
LITTLE_MORE = 1.5
"""A program that is so many times as long as what is affordable is tried in its own length: it need not be guessed at."""


@dataclass
class Lab:
    """Universes by what is changed in them; equal ones are run once."""

    engine: Engine
    observation: Observation
    scout: Result
    progress: Callable[[str], None]
    budget: float
    keep: Callable[[list[tuple[Universe, Result]]], None] = lambda pairs: None
    replay: str = ""
    """The command that repeats the proof of the first finding."""
    results: dict[str, Result] = field(default_factory=dict)
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Lengths follow from how long a step takes and how many the program has."""
        curve: Curve = self.observation.get(Curve)
        self.channel = curve.channel
        self.total = curve.ticks
        per_tick = max(curve.tick_seconds or 0.01, 1e-5)
        self.per_tick = per_tick
        affordable = self._affordable_length()
        self.ticks = self.total if self.total <= LITTLE_MORE * affordable else affordable
        self.probes = max(4, min(10, self.ticks // 10))
        self.batches: Batches | None = self.observation.get(Batches)

    def longest(self) -> int:
        """As many steps as one universe may have: for what only shows late."""
        return max(self.ticks, min(self.total, 4 * self._affordable_length()))

    def late(self) -> int:
        """Steps for what shows only after a whole round of the data: the program's own, if that takes seconds."""
        return max(self.longest(), min(self.total, int(LATE_SECONDS / self.per_tick)))

    def watched(self) -> int:
        """Steps in which the scout had every probe on."""
        return max((len(leaf.batches) for leaf in self.batches.leaves), default=0) if self.batches else 0

    def _affordable_length(self) -> int:
        return max((n for n in LENGTHS if n * self.per_tick <= SECONDS_A_UNIVERSE), default=LENGTHS[0])

    def extend(self, universes: int) -> bool:
        """Look longer, with so many universes: as far as the program and the budget go. False if that is no longer."""
        affordable = int(self.left() * 0.6 * self.engine.cores / (universes * self.per_tick))
        longer = min(self.total, max(4 * self.ticks, LENGTHS[-1]), affordable)
        if longer <= self.ticks or longer < min(self.total, 1.5 * self.ticks):
            return False
        self.ticks = longer
        return True

    # -- what can be asked for ----------------------------------------------------------------------------------------

    def stream(self, *changes: Change, seed: int = 0, ticks: int | None = None) -> Universe:
        """The program on its own batches, with changes."""
        return self._universe(changes, seed=seed, ticks=ticks or self.ticks)

    def compared(self, measure: str, *changes: Change, seed: int = 0, ticks: int | None = None) -> Universe:
        """The same, measured by what predictions have in common with their goals: the change may make the loss another."""
        return self._universe(changes, seed=seed, ticks=ticks or self.ticks, measure=measure)

    def held_out(self, *changes: Change, seed: int = 0, ticks: int | None = None) -> Universe:
        """The same, with rows kept from training and looked at in the end."""
        return self._universe(
            changes, seed=seed, ticks=ticks or self.ticks, hold_out=tuple(self.hold_out_leaves()), probes=self.probes
        )

    def in_eval_mode(self, *changes: Change, seed: int = 0, ticks: int | None = None) -> Universe:
        """The same, its own rows looked at in the end, in eval mode: nothing is left out of the model."""
        return self._universe(changes, seed=seed, ticks=ticks or self.ticks, probes=self.probes)

    def row_by_row(self, *changes: Change) -> Universe:
        """As long as may be, held-out rows measured one by one."""
        rows = (self.batches.leaves[0].shape or (32,))[0] if self.batches else 32
        probes = max(self.probes, min(24, -(-400 // max(1, rows))))
        ticks = max(self.longest(), min(self.total, 3 * probes))
        probes = min(probes, ticks // 3)
        return self._universe(
            changes, seed=0, ticks=ticks, hold_out=tuple(self.hold_out_leaves()), probes=probes, rows=True
        )

    def single_batch(self, *changes: Change, ticks: int | None = None) -> Universe:
        """The first batch again and again."""
        repeat = Change(name="repeat_first_batch", arguments={"leaves": self.all_leaves()})
        return self._universe((repeat, *changes), ticks=ticks or self.ticks)

    def _universe(self, changes: tuple[Change, ...], **values: Any) -> Universe:
        seconds = max(10.0, values["ticks"] * self.per_tick * 15 + 5.0)
        return Universe(changes=changes, seconds=seconds, **values)

    def all_leaves(self) -> list[Any]:
        """Everything that enters a step."""
        return [leaf.leaf for leaf in self.batches.leaves if leaf.roles] if self.batches else []

    def hold_out_leaves(self) -> list[Any]:
        """All that have a row for each row of the inputs, in the order in which they are made; one leads.

        Where rows cannot be taken apart, or are padded to the longest, the numbers that they are drawn by, if there are some.
        """
        taken_apart = self._leaves_with_rows()
        if self.batches is None or (taken_apart and not any(leaf["varies"] for leaf in taken_apart)):
            return taken_apart
        drawn = sorted((x for x in self.batches.leaves if x.roles), key=lambda x: x.turn)
        if drawn and all(x.by_numbers and x.leaf["source"] == "call" for x in drawn):
            numbers = {"source": "argument", "path": [1], "varies": False, "numbers": True}
            return [{**x.leaf, **numbers, "leads": x is drawn[0]} for x in drawn]
        by_number = [x for x in self.batches.indices if any(x.shape == t.shape[:1] for t in self.batches.goals)]
        if len(self.batches.indices) == len(by_number) == 1:
            return [{**by_number[0].leaf, "varies": False, "leads": True, "numbers": True}]
        return taken_apart

    def _leaves_with_rows(self) -> list[Any]:
        leaves = self.batches.leaves if self.batches is not None else ()
        with_rows = [x for x in leaves if x.roles and x.shape and x.shape[0] > 1]
        inputs = [x for x in with_rows if "input" in x.roles]
        inputs = [x for x in inputs if not (x.is_drawn or x.is_constant)] or inputs
        if not inputs:
            return []
        lead = next((x for x in inputs if len(x.shape) > 1), inputs[0])
        as_many = [x for x in with_rows if x.shape[:1] == lead.shape[:1]]
        if any(x not in as_many and not x.is_constant for x in with_rows):
            return []  # words of several texts in one long row, say: rows cannot be taken apart
        in_turn = sorted(
            as_many,
            key=lambda x: (x.leaf["source"] != "loader", x.leaf["source"] == "loader" and x is not lead, x.turn),
        )
        return [{**x.leaf, "varies": x.varies, "leads": x is lead} for x in in_turn]

    # -- running ------------------------------------------------------------------------------------------------------

    def run(self, universes: Iterable[Universe], what: str) -> None:
        """Run those that have not been run, in parallel."""
        wanted = {u.key(): u for u in universes if u.key() not in self.results}
        if not wanted:
            return
        total = len(wanted)
        results = self.engine.run(
            wanted.values(),
            done=lambda n: self.progress(f"{what}: {n} of {total} experiments · {self.left():.0f} s left"),
        )
        self.spent += sum(result.seconds for result in results) / max(1, self.engine.cores)
        self.results.update(zip(wanted, results, strict=True))
        self.keep(list(zip(wanted.values(), results, strict=True)))

    def left(self) -> float:
        """Seconds of the budget that are left."""
        return max(0.0, self.budget - self.spent)

    def result(self, universe: Universe) -> Result:
        """The result of a universe that was run, running it now if need be."""
        if universe.key() not in self.results:
            self.run([universe], "experiment")
        return self.results[universe.key()]

    def curve(self, universe: Universe) -> list[float]:
        """The main loss of a universe."""
        return self.result(universe).channel(self.channel)

    def comparison(self, universe: Universe) -> list[float]:
        """What such a universe measured, at each backward; nothing where no prediction was compared with a goal."""
        values: list[float] = self.result(universe).record.get(universe.measure, [])
        return values if any(map(isfinite, values)) else []

    def probe_values(self, universe: Universe) -> list[float]:
        """The losses at the end of a universe, in eval mode; empty if no row was held out or the program ended before."""
        result = self.result(universe)
        if (universe.hold_out and not result.hits.get("hold out")) or len(result.values) < universe.ticks:
            return []
        curve = result.record["curve"]
        shown = zip(curve["values"][-universe.probes :], curve["which"][-universe.probes :], strict=True)
        return [value for value, which in shown if curve["channels"][which] == self.channel]

    def hits(self, universe: Universe, change: Change) -> int:
        """How often a change acted."""
        return self.result(universe).hits.get(change.key(), 0)

    def untried(self, universe: Universe, change: Change) -> str:
        """Why a change was not tried in a universe that was run, if so."""
        if failure := self.failure(universe, change):
            return f"the change could not be made: {failure}"
        if not self.hits(universe, change):
            return "the change touched nothing"
        return "the program stops with the change" if self.result(universe).end == "crashed" else ""

    def failure(self, universe: Universe, change: Change) -> str:
        """Why a change could not be made, if so."""
        return str(self.result(universe).extra.get("failures", {}).get(change.key(), ""))
