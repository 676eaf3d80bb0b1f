"""What the slice is made of: a value that is asked for, the scope it is asked in, what an expression can turn out to be."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from unstuck.facts import Place
from unstuck.trace.places import shorten
from unstuck.trace.provenance.files import Block, File

Key = int | str
Part = tuple[Key, ...]
"""Which element of a value: of a tuple, of a dict, of each row (`EACH`) the second."""
EACH = "<each>"
Kind = Literal["reads", "scales", "converts", "selects", "draws", "other"]
Side = Literal["value", "order", "aside"]
"""Whether a step is on the way of the data, says which rows are taken, or is a number or a file's name on the way."""


@dataclass(frozen=True, eq=False)
class Scope:
    """A function as it is called here, or a module: where names get their values."""

    file: File
    block: Block
    outer: Scope | None = None
    bound: Mapping[str, tuple[Demand, ...]] = field(default_factory=dict)
    this: Instance | None = None
    """The object whose method it is."""
    call: ast.AST | None = None
    caller: Scope | None = None
    depth: int = 0


@dataclass(frozen=True)
class Demand:
    """A value that is asked for: an expression (or a definition) in a scope, or an element of it."""

    node: ast.AST
    scope: Scope
    part: Part = ()

    def of(self, node: ast.AST, part: Part | None = None) -> Demand:
        """Another expression of the same scope."""
        return Demand(node, self.scope, self.part if part is None else part)


@dataclass(frozen=True)
class Hop:
    """One step back: the value is made from that one."""

    demand: Demand
    same: bool = False
    """It is that very value, handed on."""
    side: Side = "value"
    far: int = 1
    branch: bool = False
    """One of several that the value is put together from."""


@dataclass(frozen=True)
class Step:
    """One operation on the way, with the line that it stands on."""

    place: Place
    kind: Kind
    node: ast.AST = field(compare=False, repr=False)
    tags: frozenset[str] = frozenset()
    """`rows`: picks rows or puts them in order; `floats`: makes floats; `wraps`: makes a tensor or array; `statistic`:
    uses a mean or spread of data; `risky`: may turn finite numbers into others; `file`: reads a file; `bundled`: reads a
    data set of a library; `random`; `number`: where the numbers of a scaling are handed over; `constant`: where its constant gets its number; `enters`: calls a function of
    the user; `loader`, `sampler`, `dataset`: builds one; `sorts`: by value; `loop`: the head of a loop over rows; `streams`:
    a data set that yields its rows itself; `switch`: turns shuffling off; `turn`: the order of an epoch; `lost`: a scaling whose result nobody keeps;
    `forgotten`: where one that was prepared is missing;
    `branch`: on one of several columns or pieces only."""
    key: Hashable = None
    """Rows picked with equal keys are the same rows."""
    side: Side = "value"
    depth: int = 0


@dataclass(frozen=True)
class Routine:
    """A function of the user's, with what it was defined in."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    this: Instance | None = None
    given: tuple[ast.Call, Scope] | None = None
    """`partial(f, …)`: the call with the arguments that it has already."""


@dataclass(frozen=True)
class Class:
    """A class of the user's."""

    node: ast.ClassDef
    scope: Scope


@dataclass(frozen=True)
class Instance:
    """An object of a class of the user's; without a call nobody was seen to make it."""

    cls: Class
    call: ast.Call | None
    scope: Scope


@dataclass(frozen=True)
class Library:
    """Something of a library: an object that a call made, or (no call) a function or class by its name."""

    name: str
    call: ast.Call | None
    scope: Scope


@dataclass(frozen=True)
class Space:
    """A module of the user's."""

    file: File


Object = Routine | Class | Instance | Library | Space


def place_of(file: File, node: ast.AST) -> Place:
    """Where an operation stands: for an attribute, subscript or operator that is the line of its name or sign."""
    line, start = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    end = getattr(node, "end_col_offset", start)
    single = getattr(node, "end_lineno", line) == line
    return Place(
        path=shorten(file.path),
        line=_line_of_operation(node) or line,
        column=(start, end) if single and end > start and _line_of_operation(node) == line else None,
    )


def _line_of_operation(node: ast.AST) -> int:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.end_lineno or node.lineno
    if isinstance(node, ast.Attribute):
        return node.end_lineno or node.lineno
    if isinstance(node, ast.Subscript):
        return node.value.end_lineno or node.lineno
    if isinstance(node, ast.BinOp):
        return node.left.end_lineno or node.lineno
    return int(getattr(node, "lineno", 0))
