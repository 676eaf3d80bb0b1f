"""How the program stopped: the error, its lines, the modules it passed through, the call that failed, the way to it.

Everything is optional: a program may stop before torch is imported, before a model is called, outside of any module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data

Shape = tuple[int, ...]
OF_TORCH = frozenset({"RuntimeError", "ValueError", "IndexError", "AssertionError"})
"""What torch raises when a call of its own cannot take its arguments."""


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A tensor at the moment of the failure, as numbers."""

    shape: Shape
    dtype: str
    requires_grad: bool = False
    parameter: bool = False
    contiguous: bool = True
    low: float | None = None
    high: float | None = None
    second_low: float | None = None
    """The smallest value but one, where the values are whole numbers."""
    second_high: float | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    positions: bool = False
    """Its rows count 0, 1, 2, …"""

    @property
    def is_float(self) -> bool:
        """Floating point values."""
        return "float" in self.dtype

    @classmethod
    def read(cls, data: Data) -> Tensor:
        """From a record, however little it holds."""
        return cls(
            shape=tuple(data.get("shape", ())),
            dtype=data.get("dtype", ""),
            requires_grad=data.get("requires_grad", False),
            parameter=data.get("parameter", False),
            contiguous=data.get("contiguous", True),
            low=data.get("min"),
            high=data.get("max"),
            second_low=data.get("next"),
            second_high=data.get("last_but_one"),
            classes=data.get("classes", {}),
            positions=data.get("positions", False),
        )


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A line of the user's code that was being executed."""

    place: Place
    function: str
    defined: int
    """First line of that function."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A module that the error passed through."""

    path: str
    root: int | None
    kind: str
    own: bool
    """One of torch's own."""
    place: Place
    """Where it was constructed."""
    callers: tuple[Place, ...]
    """The lines around that construction, from the inside out."""
    called: Place
    inputs: tuple[Tensor, ...]
    settings: Data
    parameters: Mapping[str, Tensor]
    because: str

    @property
    def name(self) -> str:
        """How a message calls it."""
        if not self.path:
            return f"the {self.kind}"
        return f"`{self.path}`" + (f" ({self.kind})" if self.path.rpartition(".")[2].isdigit() else "")

    @property
    def location(self) -> dict[str, Any]:
        """Where a change finds it."""
        return {"module": self.path, "root": self.root}


@dataclass(frozen=True, kw_only=True)
class Call:
    """The torch function whose call raised. `because`: shape, dtype, value, device, memory, "" where it is not known."""

    name: str
    place: Place
    target: Data
    arguments: tuple[Any, ...]
    """`Tensor`, list of `Tensor`, or a string."""
    named: Mapping[str, Any]
    because: str

    def tensor(self, index: int, name: str = "") -> Tensor | None:
        """An argument by position or name, if it is a tensor."""
        value = self.arguments[index] if index < len(self.arguments) else self.named.get(name)
        return value if isinstance(value, Tensor) else None

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors among the arguments, in order."""
        found: list[Tensor] = []
        for value in (*self.arguments, *self.named.values()):
            found += [value] if isinstance(value, Tensor) else value if isinstance(value, list) else []
        return tuple(found)

    @property
    def location(self) -> dict[str, Any]:
        """Where a change finds it."""
        return {"target": dict(self.target)}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call on the way to the failure."""

    name: str
    module: str
    kind: str
    place: Place
    target: Data
    inside: str | None
    """Path of the innermost module that was at work; None outside of all."""
    root: int | None
    constructed: tuple[Place, ...]
    """Where the module was made, and the lines around that."""
    given: tuple[Tensor, ...]
    made: Tensor | None
    constants: tuple[str, ...]
    graded: bool = True
    off: tuple[Any, ...] = ()
    """Where gradients had been switched off, as recorded."""
    callers: tuple[Place, ...] = ()

    @property
    def title(self) -> str:
        """Its module, else its function."""
        return self.module or self.name.strip("_")


@dataclass(frozen=True)
class Crash:
    """How the program stopped; all empty for one that did not."""

    data: Mapping[str, Any]

    @property
    def stopped(self) -> bool:
        """Whether it did."""
        return bool(self.data)

    @property
    def is_torchs(self) -> bool:
        """Whether it may be a call of torch's that refused its arguments: not the user's own `raise` or `assert`."""
        return bool(OF_TORCH & set(self.data.get("bases", ()))) and not self.data.get("raised")

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The user's lines, outermost first."""
        return tuple(
            Frame(place=place(f.get("site")), function=f.get("function", ""), defined=f.get("defined", 0))
            for f in self.data.get("frames", ())
        )

    @property
    def line(self) -> Place:
        """The innermost line of the user's."""
        return self.frames[-1].place if self.frames else Place(path="")

    @cached_property
    def modules(self) -> tuple[Part, ...]:
        """The modules that the error passed through, outermost first."""
        return tuple(
            Part(
                path=m.get("path", ""),
                root=m.get("root"),
                kind=m.get("kind", ""),
                own=m.get("own", False),
                place=place(m.get("site"), object=m.get("path", "")),
                callers=tuple(place(s) for s in m.get("callers", ())),
                called=place(m.get("called")),
                inputs=tuple(Tensor.read(t) for t in m.get("inputs", ())),
                settings=m.get("settings", {}),
                parameters={n: Tensor.read(p) for n, p in m.get("parameters", {}).items()},
                because=m.get("because") or "",
            )
            for m in self.data.get("modules", ())
        )

    @property
    def part(self) -> Part | None:
        """The innermost module, if it is one of torch's own."""
        return self.modules[-1] if self.modules and self.modules[-1].own else None

    @cached_property
    def call(self) -> Call | None:
        """The call that raised."""
        data = self.data.get("call")
        if not data:
            return None
        return Call(
            name=data["name"],
            place=place(data.get("site")),
            target=data.get("target", {}),
            arguments=tuple(_argument(a) for a in data.get("args", ())),
            named={k: _argument(v) for k, v in data.get("kwargs", {}).items()},
            because=data.get("because") or "",
        )

    @property
    def because(self) -> str:
        """What was at fault: the call made again on numbers of ours decides (`observe/crashes.py`)."""
        if self.call is not None and self.call.because:
            return self.call.because
        return self.part.because if self.part is not None else ""

    @cached_property
    def chain(self) -> tuple[Step, ...]:
        """The way of the failing call's first tensor, from where it entered the step."""
        return tuple(map(_step, self.data.get("chain", ())))

    @cached_property
    def sources(self) -> tuple[Step | None, ...]:
        """For each tensor of the failing call, the call that made it."""
        return tuple(_step(s) if s else None for s in self.data.get("sources", ()))

    @cached_property
    def cuts(self) -> tuple[Step, ...]:
        """Where the graph behind the failing call was cut, nearest first."""
        return tuple(map(_step, self.data.get("cuts", ())))


def _argument(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Tensor.read(value)
    return [Tensor.read(v) for v in value] if isinstance(value, list) else value


def _step(data: Data) -> Step:
    return Step(
        name=data.get("name", ""),
        module=data.get("module", ""),
        kind=data.get("kind", ""),
        place=place(data.get("site")),
        target=data.get("target", {}),
        inside=data.get("inside"),
        root=data.get("root"),
        constructed=tuple(place(s) for s in data.get("constructed", ())),
        given=tuple(Tensor.read(t) for t in data.get("given", ())),
        made=Tensor.read(data["made"]) if data.get("made") else None,
        constants=tuple(data.get("constants", ())),
        graded=data.get("graded", True),
        off=tuple(data.get("off") or ()),
        callers=tuple(place(s) for s in data.get("callers", ())),
    )
