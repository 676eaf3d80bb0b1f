"""Which statements give a name its value, nearest first, as seen from where it is used. Names may be dotted: `self.x`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from unstuck.trace.provenance.files import Block, File, dotted, last_name
from unstuck.trace.provenance.values import EACH, Key, Part

PUTS = {"append": 0, "add": 0, "appendleft": 0, "put": 0, "insert": 1, "setdefault": 1}
"""Methods that put one thing into a container, with the position of that argument."""
SCALINGS = frozenset({"div", "divide", "sub", "subtract", "mul", "multiply", "transform", "normalize"})
"""Methods that return a scaled copy: as a statement of its own such a call does nothing."""
POURS = frozenset({"extend", "update", "extendleft"})
REORDERS = frozenset({"sort", "reverse", "shuffle"})
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


@dataclass(frozen=True)
class Definition:
    """One statement's part in the value of a name."""

    node: ast.AST
    """The expression that is the value, a `def`, `class` or import, or (`touch`) the operation in place."""
    how: Literal["value", "put", "touch"] = "value"
    part: Part = ()
    """Which element of the expression the name gets."""
    key: Part = ()
    """Under which keys the value was put into the name."""
    whole: bool = True
    """What the name held before is gone."""


def reaching(file: File, name: str, use: ast.AST | None, top: Block) -> Iterator[Definition]:
    """Definitions of a name inside `top` that can hold at `use`, nearest first; without a use, at its end."""
    if use is None:
        yield from _backward(getattr(top, "body", []), name)
        return
    child = use
    while child is not top:
        parent = file.parents.get(child)
        if parent is None:
            return
        block, index = _position(parent, child)
        for found in _backward(block[:index], name):
            yield found
            if found.whole:
                return
        for found in _bound_by(parent, child, name):
            yield found
            if found.whole:
                return
        if isinstance(parent, LOOPS) and block:
            for found in _backward(block[index:], name):
                yield _partly(found)
        child = parent


def _backward(block: list[ast.stmt], name: str) -> Iterator[Definition]:
    """Definitions in a list of statements from the last to the first that leaves nothing of what was before."""
    for statement in reversed(block):
        for found in _in_statement(statement, name):
            yield found
            if found.whole:
                return


def _position(parent: ast.AST, child: ast.AST) -> tuple[list[ast.stmt], int]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list) and child in block:
            return block, block.index(child)
    return [], 0


def _partly(found: Definition) -> Definition:
    return Definition(found.node, found.how, found.part, found.key, whole=False)


def _in_statement(statement: ast.stmt, name: str) -> Iterator[Definition]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        if statement.name == name:
            yield Definition(statement)
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from _imported(statement, name)
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _assigned(target, statement.value, name)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _assigned(statement.target, statement.value, name)
    elif isinstance(statement, ast.AugAssign):
        if dotted(statement.target) == name or dotted(_base(statement.target)[0]) == name:
            yield Definition(statement, "touch", whole=False)
    elif isinstance(statement, ast.Expr):
        if isinstance(statement.value, ast.Call):
            yield from _changed_by(statement.value, name)
        elif isinstance(statement.value, ast.BinOp) and _is_lost(statement.value, name):
            yield Definition(statement.value, "touch", whole=False)
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        yield from _backward(statement.body, name)
        for item in reversed(statement.items):
            yield from _in_with(item, name)
    elif _blocks(statement):
        yield from _in_branches(statement, name)
    for walrus in _walruses(statement):
        if walrus.target.id == name:
            yield Definition(walrus.value)


def _in_branches(statement: ast.stmt, name: str) -> Iterator[Definition]:
    """Definitions in the branches of an `if`, `try`, `for`, `while` or `match`."""
    branches = [list(_backward(block, name)) for block in _blocks(statement)]
    every = isinstance(statement, ast.If) and len(branches) == 2
    sure = every and all(any(d.whole for d in branch) for branch in branches)
    sure = sure or (isinstance(statement, ast.Try) and any(d.whole for d in branches[0]))
    found = [d for branch in reversed(branches) for d in branch]
    for position, definition in enumerate(found):
        last = position == len(found) - 1
        yield Definition(definition.node, definition.how, definition.part, definition.key, whole=sure and last)
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        for definition in _assigned(statement.target, statement.iter, name, (EACH,)):
            yield _partly(definition)


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, field, None) for field in ("body", "orelse", "finalbody")]
    blocks += [h.body for h in getattr(statement, "handlers", [])]
    blocks += [c.body for c in getattr(statement, "cases", [])]
    return [b for b in blocks if isinstance(b, list) and b and isinstance(b[0], ast.stmt)]


def _walruses(statement: ast.stmt) -> Iterator[ast.NamedExpr]:
    headers = [v for _, v in ast.iter_fields(statement) if isinstance(v, ast.expr)]
    for header in headers:
        yield from (n for n in ast.walk(header) if isinstance(n, ast.NamedExpr))


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> Iterator[Definition]:
    for alias in statement.names:
        bound = alias.asname or (alias.name.split(".")[0] if isinstance(statement, ast.Import) else alias.name)
        if bound == name:
            yield Definition(alias)


def _assigned(target: ast.expr, value: ast.expr, name: str, part: Part = ()) -> Iterator[Definition]:
    """What an assignment of `value` (or of an element of it) to a target means for a name."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for index, element in enumerate(target.elts):
            if isinstance(element, ast.Starred):
                yield from _assigned(element.value, value, name, part)
            elif isinstance(value, (ast.Tuple, ast.List)) and not part and _aligned(target, value):
                yield from _assigned(element, value.elts[index], name)
            else:
                yield from _assigned(element, value, name, (*part, index))
    elif dotted(target) == name:
        yield Definition(value, part=part)
    else:
        base, keys = _base(target)
        if keys and dotted(base) == name:
            yield Definition(value, "put", part=part, key=keys, whole=False)


def _aligned(target: ast.Tuple | ast.List, value: ast.Tuple | ast.List) -> bool:
    return len(target.elts) == len(value.elts) and not any(isinstance(e, ast.Starred) for e in value.elts)


def _base(target: ast.expr) -> tuple[ast.expr, Part]:
    """`self.data` and the keys of `self.data["x"][i]`."""
    keys: list[Key] = []
    while isinstance(target, ast.Subscript):
        keys.append(constant_key(target.slice))
        target = target.value
    if not keys and isinstance(target, ast.Attribute):
        return target.value, (target.attr,)
    return target, tuple(reversed(keys))


def constant_key(index: ast.AST) -> Key:
    """The key that a subscript names; `EACH` for any that is computed."""
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub) and isinstance(index.operand, ast.Constant):
        return -index.operand.value if isinstance(index.operand.value, int) else EACH
    if isinstance(index, ast.Constant) and isinstance(index.value, (int, str)):
        return index.value
    return EACH


def _changed_by(call: ast.Call, name: str) -> Iterator[Definition]:
    """A call that is a statement: what it puts into the thing called `name`, or does to it in place."""
    method = last_name(call.func)
    base, keys = _base(call.func.value) if isinstance(call.func, ast.Attribute) else (call.func, ())
    if isinstance(call.func, ast.Attribute) and name == dotted(call.func.value):
        base, keys = call.func.value, ()
    if isinstance(call.func, ast.Attribute) and dotted(base) == name:
        if method in PUTS and len(call.args) > PUTS[method]:
            yield Definition(call.args[PUTS[method]], "put", key=(*keys, EACH), whole=False)
        elif method in POURS and call.args:
            yield Definition(call.args[0], "put", key=keys, whole=False)
        elif (method in SCALINGS and not keys) or (
            (method in REORDERS or (method.endswith("_") and not method.endswith("__"))) and not keys
        ):
            yield Definition(call, "touch", whole=False)
    elif (method == "shuffle" and any(dotted(a) == name for a in call.args)) or any(
        k.arg == "out" and dotted(k.value) == name for k in call.keywords
    ):
        yield Definition(call, "touch", whole=False)


def _is_lost(value: ast.BinOp, name: str) -> bool:
    """`x / 255` as a statement."""
    return isinstance(value.op, (ast.Div, ast.Mult, ast.Sub)) and dotted(value.left) == name


def _in_with(item: ast.withitem, name: str) -> Iterator[Definition]:
    if item.optional_vars is not None:
        yield from _assigned(item.optional_vars, item.context_expr, name)


def _bound_by(parent: ast.AST, child: ast.AST, name: str) -> Iterator[Definition]:
    """What the head of a loop, a `with` or a comprehension binds for what stands inside."""
    if isinstance(parent, (ast.For, ast.AsyncFor)) and child in parent.body:
        yield from _assigned(parent.target, parent.iter, name, (EACH,))
    elif isinstance(parent, (ast.With, ast.AsyncWith)) and child in parent.body:
        for item in reversed(parent.items):
            yield from _in_with(item, name)
    elif isinstance(parent, ast.comprehension) and child in parent.ifs:
        yield from _assigned(parent.target, parent.iter, name, (EACH,))
    elif isinstance(parent, COMPREHENSIONS):
        inside = parent.generators.index(child) if isinstance(child, ast.comprehension) else len(parent.generators)
        for generator in reversed(parent.generators[:inside]):
            yield from _assigned(generator.target, generator.iter, name, (EACH,))
    elif isinstance(parent, (ast.If, ast.While, ast.Assert, ast.IfExp, ast.BoolOp)):
        for walrus in (n for n in ast.walk(getattr(parent, "test", parent)) if isinstance(n, ast.NamedExpr)):
            if walrus.target.id == name:
                yield Definition(walrus.value)
