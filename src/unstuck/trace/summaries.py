"""The typed summaries. Each is built from one part of a record and knows how to answer simple questions about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import Any

from unstuck.facts import Place
from unstuck.trace.places import place

Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LossCall:
    """A loss function with what it was given."""

    name: str
    target: Data
    place: Place
    output_shape: tuple[int, ...]
    target_shape: tuple[int, ...]
    output_range: tuple[float, float] | None
    target_range: tuple[float, float] | None
    values: tuple[float, ...]
    callers: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """An operation between output and target that stretched each along a dimension of the other."""

    target: Data
    place: Place
    output_shape: tuple[int, ...]
    target_shape: tuple[int, ...]
    result_shape: tuple[int, ...]
    argument: int
    callers: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A call that says how alike predictions and fixed goals are, with the sign by which it enters what is minimised."""

    target: Data
    place: Place
    """Where it is added to something; else the call."""
    sign: int
    """0: it does not."""


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The losses of the first steps."""

    calls: tuple[LossCall, ...]
    broadcasts: tuple[Broadcast, ...]
    agreements: tuple[Agreement, ...]
    graphs: Data

    @classmethod
    def read(cls, data: Data) -> Losses:
        """From the record of the probe `losses`."""
        return cls(
            calls=tuple(
                LossCall(
                    name=c["target"]["function"],
                    target=c["target"],
                    place=place(c["site"]),
                    output_shape=tuple(c["output_shape"]),
                    target_shape=tuple(c["target_shape"]),
                    output_range=_pair(c.get("output_range")),
                    target_range=_pair(c.get("target_range")),
                    values=tuple(c["values"]),
                    callers=tuple(place(site) for site in c.get("callers", ())),
                )
                for c in data["calls"]
            ),
            broadcasts=tuple(
                Broadcast(
                    target=b["target"],
                    place=place(b["site"]),
                    output_shape=tuple(b["output_shape"]),
                    target_shape=tuple(b["target_shape"]),
                    result_shape=tuple(b["result_shape"]),
                    argument=b["argument"],
                    callers=tuple(place(site) for site in b.get("callers", ())),
                )
                for b in data["broadcasts"]
            ),
            agreements=tuple(
                Agreement(target=a["target"], place=place(a.get("added") or a["site"]), sign=a["sign"])
                for a in data.get("agreements", ())
            ),
            graphs=data["graphs"],
        )


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter as it was at the first backward."""

    name: str
    module: str
    kind: str
    shape: tuple[int, ...]
    requires_grad: bool
    mean: float
    std: float
    largest: float
    rows_equal: bool
    columns_equal: bool
    fan_in: int
    filled: tuple[tuple[str, Place], ...]
    place: Place
    loaded: bool

    @property
    def init_place(self) -> Place:
        """Where its starting values come from: the last in-place fill, else the module's construction."""
        for _, where in reversed(self.filled):
            if where.path:
                return Place(path=where.path, line=where.line, column=where.column, object=self.name)
        return Place(path=self.place.path, line=self.place.line, column=self.place.column, object=self.name)


@dataclass(frozen=True, kw_only=True)
class Module:
    """A module and where the user made it."""

    path: str
    kind: str
    place: Place
    torch: bool


@dataclass(frozen=True, kw_only=True)
class Output:
    """The scale of what a leaf module returned in the first steps."""

    path: str
    kind: str
    std: float
    mean: float
    row_std: float | None
    largest: float


@dataclass(frozen=True, kw_only=True)
class Model:
    """Modules, parameters and output scales in order of first call."""

    modules: tuple[Module, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]

    @classmethod
    def read(cls, data: Data) -> Model:
        """From the record of the probe `model`."""
        return cls(
            modules=tuple(
                Module(path=m["path"], kind=m["kind"], place=place(m["site"], object=m["path"]), torch=m["torch"])
                for m in data["modules"]
            ),
            parameters=tuple(
                Parameter(
                    **{k: p[k] for k in ("name", "module", "kind", "requires_grad", "mean", "std", "largest")},
                    **{k: p[k] for k in ("rows_equal", "columns_equal", "fan_in", "loaded")},
                    shape=tuple(p["shape"]),
                    filled=tuple((f["by"], place(f["site"], object=p["name"])) for f in p["filled"]),
                    place=place(p["site"], object=p["name"]),
                )
                for p in data["parameters"]
            ),
            outputs=tuple(
                Output(path=path, **{k: o[k] for k in ("kind", "std", "mean", "row_std", "largest")})
                for path, o in data["outputs"].items()
            ),
        )

    def module(self, path: str) -> Module | None:
        """The module at a path."""
        return next((m for m in self.modules if m.path == path), None)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of a name."""
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimizer as it was built, with its learning rate over time."""

    kind: str
    place: Place
    groups: tuple[Data, ...]
    parameters: tuple[str, ...]
    steps: int
    step_place: Place
    """The line that takes the first step."""
    rates: tuple[tuple[int, float], ...]

    @property
    def momentum(self) -> float:
        """Momentum, or Adam's first beta."""
        group = self.groups[0] if self.groups else {}
        return float(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))

    @property
    def rate(self) -> float:
        """The learning rate of the first step; the highest of a schedule that starts at zero."""
        if self.rates:
            return self.rates[0][1] or max(rate for _, rate in self.rates)
        return float(self.groups[0].get("lr", 0.0)) if self.groups else 0.0


@dataclass(frozen=True, kw_only=True)
class Optimizers:
    """All optimizers, those that step first."""

    all: tuple[Optimizer, ...]

    @classmethod
    def read(cls, data: list[Data]) -> Optimizers:
        """From the record of the probe `optimizers`."""
        read = [
            Optimizer(
                kind=o["kind"],
                place=place(o["site"]),
                groups=tuple(o["groups"]),
                parameters=tuple(o["parameters"]),
                steps=o["steps"],
                step_place=place(o["step"]),
                rates=tuple((int(t), float(r)) for t, r in o["rates"]),
            )
            for o in data
        ]
        return cls(all=tuple(read))

    @property
    def stepping(self) -> tuple[Optimizer, ...]:
        """Those that took a step."""
        return tuple(o for o in self.all if o.steps)

    @property
    def main(self) -> Optimizer | None:
        """The one that steps most."""
        return max(self.stepping, key=lambda o: (o.steps, len(o.parameters)), default=None)


@dataclass(frozen=True, kw_only=True)
class Updates:
    """Gradients and steps of the first backwards, by parameter name."""

    reached: frozenset[str]
    moved: Mapping[str, float]
    ratios: Mapping[str, list[float]]
    gradient_norms: Mapping[str, list[float]]
    global_norms: tuple[float, ...]
    stale: int
    cleared: int

    @classmethod
    def read(cls, data: Data) -> Updates:
        """From the record of the probe `updates`."""
        return cls(
            reached=frozenset(data["reached"]),
            moved=data["moved"],
            ratios=data["ratios"],
            gradient_norms=data["gradient_norms"],
            global_norms=tuple(data["global_norms"]),
            stale=data["stale"],
            cleared=data["cleared"],
        )

    def median_ratio(self) -> float | None:
        """Median over parameters and steps of |update| / |weight| (SYSTEM O12)."""
        ratios = sorted(r for series in self.ratios.values() for r in series)
        return ratios[len(ratios) // 2] if ratios else None


@dataclass(frozen=True, kw_only=True)
class Rectifier:
    """A ReLU and the share of its units that were zero for every row."""

    target: Data
    place: Place
    units: int
    dead_at_first: float
    dead: float


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """A dropout call."""

    target: Data
    place: Place
    rate: float
    training: bool


@dataclass(frozen=True, kw_only=True)
class Activations:
    """Rectifiers, dropouts, biases just before a batch norm."""

    rectifiers: tuple[Rectifier, ...]
    dropouts: tuple[Dropout, ...]
    biases_before_norm: tuple[tuple[str, Place], ...]

    @classmethod
    def read(cls, data: Data) -> Activations:
        """From the record of the probe `activations`."""
        return cls(
            rectifiers=tuple(
                Rectifier(
                    target=r["target"],
                    place=place(r["site"], object=r["target"]["module"] or ""),
                    units=r["units"],
                    dead_at_first=r.get("dead_at_first", 0.0),
                    dead=r.get("dead", 0.0),
                )
                for r in data["rectifiers"]
            ),
            dropouts=tuple(
                Dropout(
                    target=d["target"],
                    place=place(d["site"], object=d["target"]["module"] or ""),
                    rate=d["rate"],
                    training=d["training"],
                )
                for d in data["dropouts"]
            ),
            biases_before_norm=tuple((b["bias"], place(b["site"])) for b in data["biases_before_norm"]),
        )


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


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A call that was given something with a gradient and returned something without."""

    function: str
    target: Data
    place: Place
    inside: str
    shape: tuple[int, ...]
    behind: frozenset[str] = frozenset()
    """Parameters that what is cut was computed with."""
    callers: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Where the graph is cut, and which parameters took part at all."""

    cuts: tuple[Cut, ...]
    ungraded: tuple[Cut, ...]
    used: frozenset[str]

    @classmethod
    def read(cls, data: Data) -> Cuts:
        """From the record of the probe `cuts`."""

        def cut(entry: Data) -> Cut:
            return Cut(
                function=entry["target"]["function"],
                target=entry["target"],
                place=place(entry["site"], object=entry["inside"]),
                inside=entry["inside"],
                shape=tuple(entry.get("shape", ())),
                behind=frozenset(entry.get("behind", ())),
                callers=tuple(place(site) for site in entry.get("callers", ())),
            )

        return cls(
            cuts=tuple(map(cut, data["cuts"])),
            ungraded=tuple(map(cut, data["ungraded"])),
            used=frozenset(data["used"]),
        )


@dataclass(frozen=True, kw_only=True)
class ModeRun:
    """Training steps in a row with the same modes."""

    root: int
    kind: str
    training: bool
    dependent: int
    asleep: int
    first: int
    last: int
    place: Place


@dataclass(frozen=True, kw_only=True)
class Modes:
    """Train and eval over the whole run."""

    runs: tuple[ModeRun, ...]

    @classmethod
    def read(cls, data: list[Data]) -> Modes:
        """From the record of the probe `modes`."""
        return cls(
            runs=tuple(
                ModeRun(
                    **{k: r[k] for k in ("root", "kind", "training", "dependent", "asleep")},
                    first=r["from"],
                    last=r["until"],
                    place=place(r["site"]),
                )
                for r in data
            )
        )


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clipping call: the norms it met and its limit."""

    function: str
    place: Place
    limit: float
    sizes: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Clipping:
    """All clipping calls."""

    calls: tuple[Clip, ...] = field(default=())

    @classmethod
    def read(cls, data: list[Data]) -> Clipping:
        """From the record of the probe `clipping`."""
        return cls(
            calls=tuple(
                Clip(function=c["function"], place=place(c["site"]), limit=c["limit"], sizes=tuple(c["sizes"]))
                for c in data
            )
        )


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What the program does itself: lines that write into parameters, and into gradients before the optimizer's step."""

    updates: tuple[Place, ...] = ()
    """Most often first."""
    updated: frozenset[str] = frozenset()
    """Parameters that such a line wrote into."""
    clip: Clip | None = None
    """Something cuts all gradients to one norm."""

    @classmethod
    def read(cls, data: Data) -> ByHand:
        """From the record of the probe `by hand`."""
        updates, rewrites = (sorted(data[k], key=lambda line: -line["times"]) for k in ("updates", "rewrites"))
        return cls(
            updates=tuple(place(line["site"]) for line in updates),
            updated=frozenset(data["updated"]),
            clip=_clip(rewrites, data["norms"]),
        )


def _clip(rewrites: list[Data], norms: list[list[float]]) -> Clip | None:
    """A limit written by hand: however long gradients were, after that line they have the same norm."""
    shrunk = [(before, after) for before, after in norms if 0 < after < before]
    if not rewrites or len(shrunk) < max(6, len(norms) // 2):
        return None
    limit = sorted(after for _, after in shrunk)[len(shrunk) // 2]
    alike = [before for before, after in shrunk if abs(after - limit) <= 0.01 * limit]
    if len(alike) < 0.8 * len(shrunk) or max(alike) < 1.1 * min(alike):
        return None
    where = place(rewrites[0]["site"])
    return Clip(function="this line", place=where, limit=limit, sizes=tuple(before for before, _ in shrunk))


def _pair(values: Any) -> tuple[float, float] | None:
    return (float(values[0]), float(values[1])) if values else None
