"""The data loaders: how they draw, and where data come from in the user's code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.summaries import Leaf


@dataclass(frozen=True, kw_only=True)
class Loader:
    """One loader in order of construction."""

    ordinal: int
    place: Place
    dataset_place: Place | None
    dataset: str
    sampler: str
    rows: int | None
    batch_size: int | None
    workers: int


@dataclass(frozen=True, kw_only=True)
class Loaders:
    """All loaders."""

    all: tuple[Loader, ...]

    @classmethod
    def read(cls, data: list[Mapping[str, Any]]) -> Loaders:
        """From the record of the probe `loaders`."""
        return cls(
            all=tuple(
                Loader(
                    ordinal=d["ordinal"],
                    place=place(d["site"]),
                    dataset_place=place(d["dataset_site"]) if d["dataset_site"] else None,
                    **{k: d[k] for k in ("dataset", "sampler", "rows", "batch_size", "workers")},
                )
                for d in data
            )
        )

    def of(self, leaf: Leaf) -> Loader | None:
        """The loader that yields a leaf."""
        if leaf.leaf["source"] != "loader":
            return None
        return next((x for x in self.all if x.ordinal == leaf.leaf["loader"]), None)

    def in_order(self, leaf: Leaf) -> bool | None:
        """Whether rows are drawn in stored order; None where no loader says, or its data are a stream."""
        loader = self.of(leaf)
        return None if loader is None or loader.rows is None else loader.sampler == "SequentialSampler"
