"""The model: its modules, its parameters as they were at the start, the scale of its outputs."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


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
