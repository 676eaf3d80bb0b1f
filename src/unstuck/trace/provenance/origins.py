"""Where the leaves of the batches come from in the user's own lines: a summary that faults ask for by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.provenance.choose import Purpose, best
from unstuck.trace.provenance.files import Project
from unstuck.trace.provenance.forgotten import forgotten
from unstuck.trace.provenance.starts import Starts, paths_in
from unstuck.trace.provenance.switches import switches
from unstuck.trace.provenance.turns import turns
from unstuck.trace.provenance.values import Demand
from unstuck.trace.provenance.walk import Slice, walk
from unstuck.trace.provenance.world import World
from unstuck.trace.summaries import Batches, Leaf

Asked = Literal["scale", "pairing", "order", "values"]
SPREAD = 1.0
"""Features that vary less than this were scaled too much rather than not at all."""


class Origins:
    """Answers for each leaf: which line to point at, for what a fault wants to know."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record
        self._slices: dict[str, Slice] = {}

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Origins:
        """From the whole record: the sites in it tell where to begin."""
        return cls(record)

    def place_of(self, leaf: Leaf, purpose: Asked) -> Place:
        """The line to point at; where the source does not tell, the line where the leaf enters."""
        return self._answer(leaf, purpose)[0]

    def related(self, leaf: Leaf, purpose: Asked) -> tuple[Place, ...]:
        """Up to four further lines on the way of the leaf."""
        return self._answer(leaf, purpose)[1]

    def slice_of(self, leaf: Leaf) -> Slice:
        """All lines that made a leaf, nearest first."""
        name = repr(leaf.leaf)
        if name not in self._slices:
            found = walk(self._world, *self._begins(leaf))
            beside = (*switches(self._world, found), *turns(found), *forgotten(found))
            self._slices[name] = replace(found, steps=(*beside, *found.steps))
        return self._slices[name]

    def _answer(self, leaf: Leaf, purpose: Asked) -> tuple[Place, tuple[Place, ...]]:
        entry = self._entry(leaf)
        try:
            first, related = best(
                self.slice_of(leaf),
                _precisely(leaf, purpose),
                other=self._beside(leaf) if purpose == "pairing" else None,
                every_row=_spares_no_row(leaf),
            )
        except Exception:  # a place is a courtesy: what we cannot read must not cost the user the finding
            return entry, ()
        if not first.path:
            return entry, ()
        return first, related

    def _beside(self, leaf: Leaf) -> Slice:
        """The slice of the inputs, for a leaf of labels; of the labels, for one of inputs."""
        leaves = self._batches.leaves
        wanted = "input" if "target" in leaf.roles else "target"
        others = [x for x in leaves if wanted in x.roles and x.leaf != leaf.leaf]
        others.sort(
            key=lambda x: (
                x.is_drawn or x.is_constant,
                x.leaf["source"] != leaf.leaf["source"],
                x.leaf["source"] == "forward",
            )
        )
        return self.slice_of(others[0]) if others else Slice()

    def _begins(self, leaf: Leaf) -> list[Demand]:
        return self._starts.of(leaf.leaf)

    def _entry(self, leaf: Leaf) -> Place:
        """Where a leaf enters, as the record has it."""
        loaders = self.record.get("loaders") or []
        loader = next((x for x in loaders if x["ordinal"] == leaf.leaf["loader"]), None)
        if leaf.leaf["source"] == "loader":
            return place((loader["dataset_site"] or loader["site"]) if loader else None)
        target = leaf.leaf["target"]
        return place(target["site"] if target else None)

    @cached_property
    def _world(self) -> World:
        return World(Project(paths_in(self.record)))

    @cached_property
    def _starts(self) -> Starts:
        return Starts(self._world, self.record)

    @cached_property
    def _batches(self) -> Batches:
        return Batches.read(self.record.get("data") or [])


def _precisely(leaf: Leaf, purpose: Asked) -> Purpose:
    if purpose != "scale":
        return purpose
    return (
        "small"
        if leaf.feature_std is not None and leaf.feature_std[1] < SPREAD and leaf.feature_std[2] < SPREAD
        else "unscaled"
    )


def _spares_no_row(leaf: Leaf) -> bool:
    """Whether each row holds as many values that are not finite: a whole column is spoiled."""
    counts = [b["non_finite"] / max(b["rows"], 1) for b in leaf.batches]
    return bool(counts) and min(counts) >= 1 and max(counts) == min(counts)
