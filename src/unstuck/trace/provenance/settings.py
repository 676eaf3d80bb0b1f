"""Where the number of a setting is written: the constant that reaches an argument unchanged, by whatever names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unstuck.facts import Place
from unstuck.trace.provenance.files import Project, last_name
from unstuck.trace.provenance.values import Demand, Scope, place_of
from unstuck.trace.provenance.walk import walk
from unstuck.trace.provenance.world import World

OPTIMIZERS = (
    "SGD",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "ASGD",
    "Rprop",
    "LBFGS",
)
DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
GAINS = ("xavier_uniform_", "xavier_normal_", "orthogonal_")
POSITIONS = {
    "lr": dict.fromkeys(OPTIMIZERS, 1),
    "p": {**dict.fromkeys(DROPOUTS, 0), "dropout": 1, "alpha_dropout": 1, "feature_alpha_dropout": 1},
    "max_norm": {"clip_grad_norm_": 1},
    "clip_value": {"clip_grad_value_": 1},
    "std": {"normal_": 2, "trunc_normal_": 2},
    "gain": dict.fromkeys(GAINS, 1),
    "val": {"constant_": 1},
    "a": {"uniform_": 1},
    "b": {"uniform_": 2},
}
"""Which positional argument a name is, by the function."""

OPPOSITE = re.compile(r"keep|retain|surviv", re.IGNORECASE)
"""`Dropout(keep_prob)`: the number may be what was meant, the call is what takes it for something else."""


@dataclass(frozen=True)
class Written:
    """A setting in the text: the argument itself, and the constant that it gets its value from."""

    argument: Place
    constant: Place | None = None


def written(place: Place, names: tuple[str, ...], value: float | None = None, argv: tuple[str, ...] = ()) -> Written:
    """Where what the call at `place` is given for one of `names` is written.

    `value`: what the setting was when the program ran; a constant of another value is not meant. `argv`: the program's
    arguments, which override the defaults of its options. The constant is left out where there is none, or several, or where
    its line is the call's own.
    """
    if not names or not place.line:
        return Written(place)
    try:
        return _written(World(Project([place.path]), argv), place, names, value)
    except Exception:  # a place is a courtesy: what we cannot read must not cost the user the finding
        return Written(place)


def constants(place: Place, node: ast.expr, callers: Sequence[Place] = ()) -> tuple[tuple[float, Place], ...]:
    """The constants that an expression at a place gets its value from, unchanged, each with where it is written.

    `callers`: the lines around the place as it was executed; what is handed over is looked for in their files, too.
    """
    try:
        world = World(Project(list(dict.fromkeys([place.path, *(caller.path for caller in callers)]))))
        file = world.project.file(place.path)
        statement = _statement(file.tree, place.line) if file is not None else None
        if file is None or statement is None:
            return ()
        same = next(n for n in ast.walk(statement) if isinstance(n, ast.expr) and _span(n) == _span(node))
        ends = [(end.node, end) for end in _ends(world, Demand(same, world.scope_of(file, statement)))]
        return tuple((n.value, place_of(e.scope.file, n)) for n, e in ends if isinstance(n, ast.Constant))  # type: ignore[misc]
    except Exception:  # a place is a courtesy
        return ()


def _span(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _written(world: World, place: Place, names: tuple[str, ...], value: float | None) -> Written:
    file = world.project.file(place.path)
    statement = _statement(file.tree, place.line) if file is not None else None
    if file is None or statement is None:
        return Written(place)
    scope = world.scope_of(file, statement)
    given = list(_given(statement, place, names))
    here = _at(given[0], place) if len(given) == 1 else place
    asked = [Demand(node.value if isinstance(node, ast.keyword) else node, scope) for node in given]
    asked += _in_groups(world, scope, statement, names) if value is not None or not asked else []
    asked = [demand for demand in asked if not OPPOSITE.search(ast.unparse(demand.node))]
    ends = [end for demand in asked for end in _ends(world, demand)]
    if not asked:
        ends = [end for factor in _factors(statement) for end in _ends(world, Demand(factor, scope))]
        ends = [end for end in ends if isinstance(getattr(end.node, "value", None), float)]
    ends = [end for end in ends if value is None or _is(end, value)]
    found = {(p.path, p.line): p for end in ends if (p := place_of(end.scope.file, end.node))}
    only = next(iter(found.values())) if len(found) == 1 else None
    own = only is not None and (only.path, only.line) == (here.path, here.line)
    return Written(here, None if own else only)


def _statement(tree: ast.Module, line: int) -> ast.stmt | None:
    """The innermost statement on a line."""
    around = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    innermost = min(around, key=lambda n: (n.end_lineno or n.lineno) - n.lineno, default=None)
    return None if innermost is None or isinstance(innermost, (ast.FunctionDef, ast.ClassDef)) else innermost


def _given(statement: ast.stmt, place: Place, names: tuple[str, ...]) -> Iterator[ast.keyword | ast.expr]:
    """What the calls on a line are given by those names: the call at the place before others, by name before by position."""
    line = place.line
    calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call) and n.lineno <= line <= (n.end_lineno or 0)]
    calls.sort(key=lambda c: ((c.col_offset, c.end_col_offset) != place.column, (c.end_lineno or 0) - c.lineno))
    found: list[list[ast.keyword | ast.expr]] = [[k for k in call.keywords if k.arg in names] for call in calls]
    found += [[call.args[at] for at in _positions(call, names)] for call in calls]
    yield from next((given for given in found if given), [])


def _positions(call: ast.Call, names: tuple[str, ...]) -> list[int]:
    known = (POSITIONS.get(name, {}).get(last_name(call.func)) for name in names)
    return [at for at in known if at is not None and at < len(call.args)]


def _in_groups(world: World, scope: Scope, statement: ast.stmt, names: tuple[str, ...]) -> Iterator[Demand]:
    """The same of an optimizer's groups, wherever they are put together, and of `**options`."""
    for call in (n for n in ast.walk(statement) if isinstance(n, ast.Call)):
        for keyword in call.keywords:
            if keyword.arg is None:
                yield from (Demand(keyword.value, scope, (name,)) for name in names)
        for made in walk(world, *(Demand(a, scope) for a in call.args[:1])).values:
            if isinstance(made.node, ast.Dict):
                for key, value in zip(made.node.keys, made.node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in names:
                        yield made.of(value, ())


def _factors(statement: ast.stmt) -> Iterator[ast.expr]:
    """What has a name in arithmetic by hand: `p -= rate * p.grad`, `p.add_(p.grad, alpha=-rate)`."""
    for node in ast.walk(statement):
        operands: list[ast.expr] = []
        if isinstance(node, ast.BinOp):
            operands = [node.left, node.right]
        elif isinstance(node, ast.Call):
            operands = [k.value for k in node.keywords if k.arg in ("alpha", "value")]
        for operand in operands:
            inner = operand.operand if isinstance(operand, ast.UnaryOp) else operand
            if isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript)):
                yield inner


def _ends(world: World, demand: Demand) -> Iterator[Demand]:
    """The constants that an expression gets its value from, unchanged."""
    world.begin()
    for at in world.sources(demand):
        node = at.node
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            yield at
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield from _ends(world, at.of(node.operand))
        elif isinstance(node, ast.Call) and last_name(node.func) in ("float", "int") and len(node.args) == 1:
            yield from _ends(world, at.of(node.args[0]))
        elif isinstance(node, ast.Tuple) and not at.part:  # betas=(0.999, 0.999)
            yield from (end for element in node.elts for end in _ends(world, at.of(element)))


def _is(end: Demand, value: float) -> bool:
    constant = getattr(end.node, "value", None)
    return isinstance(constant, (int, float)) and abs(constant - value) <= 1e-6 * abs(value)


def _at(node: ast.keyword | ast.expr, place: Place) -> Place:
    """The place with the line and columns of an argument: `dropout=0.8,` of a call of several lines."""
    value = node.value if isinstance(node, ast.keyword) else node
    ends_here = value.end_lineno == node.lineno and value.end_col_offset is not None
    return replace(place, line=node.lineno, column=(node.col_offset, value.end_col_offset or 0) if ends_here else None)
