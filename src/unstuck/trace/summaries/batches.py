"""The batches: what each leaf of the data holds, and what it is used for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from unstuck.trace.record import Data

DRAWN = frozenset({"rand", "randn", "randint", "normal", "bernoulli", "randperm", "multinomial"})


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One place where data enter a step, with what they hold."""

    leaf: Data
    dtype: str
    shape: tuple[int, ...]
    roles: frozenset[str]
    varies: bool
    """From batch to batch, in more than the number of its rows: padded texts."""
    turn: int
    """How many leaves were made before it in a step."""
    rows: tuple[tuple[int, int] | None, ...]
    """First and last stored row of each batch, where they were drawn in order."""
    by_numbers: bool
    """Drawn by a tensor of the rows' numbers."""
    batches: tuple[Data, ...]
    feature_std: tuple[float, float, float] | None = None
    """Smallest, median and largest spread of a feature that varies."""
    feature_mean: tuple[float, float, float] | None = None
    features: int = 0
    constant_features: int = 0

    @classmethod
    def read(cls, data: Data) -> Leaf:
        """From one entry of the record of the probe `data`."""
        return cls(
            leaf=data["leaf"],
            dtype=data["dtype"],
            shape=tuple(data["shape"]),
            roles=frozenset(data["roles"]),
            varies=data.get("varies", False),
            turn=data.get("turn", 0),
            rows=tuple(tuple(rows) if rows else None for rows in data.get("rows", ())),
            by_numbers=data.get("by_numbers", False),
            batches=tuple(data["batches"]),
            feature_std=data.get("feature_std") and tuple(data["feature_std"]),
            feature_mean=data.get("feature_mean") and tuple(data["feature_mean"]),
            features=data.get("features", 0),
            constant_features=data.get("constant_features", 0),
        )

    @property
    def is_float(self) -> bool:
        """Floating point values."""
        return "float" in self.dtype

    @property
    def in_order(self) -> bool:
        """Drawn as it is stored, batch after batch: a new round may begin once."""
        known = [rows for rows in self.rows if rows is not None]
        goes_on = sum(after[0] >= before[1] for before, after in pairwise(known))
        return len(known) > 3 and len(known) == len(self.rows) and goes_on >= len(known) - 2

    @property
    def is_drawn(self) -> bool:
        """Random numbers, drawn in the step itself: noise, or where an augmentation cuts."""
        return self.leaf["source"] == "call" and self.leaf["target"]["function"] in DRAWN

    @property
    def is_constant(self) -> bool:
        """The same in every step, as far as can be told: positions, weights of classes."""
        seen = {(b["mean"], b["std"], b["min"], b["max"]) for b in self.batches}
        return len(self.batches) > 2 and len(seen) == 1

    @property
    def counts_rows(self) -> bool:
        """The numbers of the rows in their batch, in every batch."""
        return not self.is_float and len(self.shape) == 1 and bool(self.batches) and all(map(_counts, self.batches))


def _counts(batch: Data) -> bool:
    rows, spread = batch["rows"], sqrt(batch["rows"] * (batch["rows"] + 1) / 12)
    return rows > 2 and (batch["min"], batch["max"]) == (0.0, rows - 1.0) and abs(batch["std"] - spread) < 1e-6 * rows


@dataclass(frozen=True, kw_only=True)
class Batches:
    """The leaves of the batches by role."""

    leaves: tuple[Leaf, ...]
    rescaled: tuple[Leaf, ...] = ()
    """Inputs as the model's own first lines make them, where they meet the first parameters: no leaves of the batch."""
    indices: tuple[Leaf, ...] = ()
    """Numbers by which the program draws rows."""

    @classmethod
    def read(cls, data: list[Data]) -> Batches:
        """From the record of the probe `data`. What entered in few steps only was under way before the watch began."""
        most = max((len(d["batches"]) for d in data), default=0)
        data = [d for d in data if len(d["batches"]) > most / 2 or not d["batches"]]
        leaves = [Leaf.read(d) for d in data]
        met = [leaf.leaf["target"] for leaf in leaves if leaf.roles & {"input", "target"}]
        return cls(
            leaves=tuple(leaf for leaf in leaves if not leaf.roles & {"rescaled", "index"}),
            rescaled=tuple(leaf for leaf in leaves if "rescaled" in leaf.roles),
            indices=tuple(leaf for leaf in leaves if leaf.roles == {"index"} and leaf.leaf["target"] not in met),
        )

    @property
    def inputs(self) -> tuple[Leaf, ...]:
        """What meets parameters."""
        return tuple(leaf for leaf in self.leaves if "input" in leaf.roles)

    @property
    def targets(self) -> tuple[Leaf, ...]:
        """What meets the model's output only: an autoencoder's images or a language model's tokens are not here."""
        return tuple(leaf for leaf in self.goals if leaf.roles == {"target"})

    @property
    def goals(self) -> tuple[Leaf, ...]:
        """All that outputs are compared with, except for a row's own number: that compares two views of one batch."""
        return tuple(leaf for leaf in self.leaves if "target" in leaf.roles and not leaf.counts_rows)

    def named(self, *leaves: Leaf) -> list[Data]:
        """Leaves as plain data for a change."""
        return [leaf.leaf for leaf in leaves]
