"""Where a tensor was made: a name followed back through assignments, callers, loaders and functions of the same file."""

from __future__ import annotations

import ast

from unstuck.facts import Place
from unstuck.faults.run.source import Scope, assignments, bound, call_at, parameters, scope_at, tree, where
from unstuck.trace.crash import Crash
from unstuck.trace.places import place as read

PASSED_ON = frozenset({"to", "cuda", "cpu", "contiguous", "clone", "detach", "requires_grad_", "pin_memory"})
"""Methods that hand on what they were called on."""


def maker(crash: Crash, place: Place, node: ast.expr | None, *, into_self: bool = True) -> Place | None:
    """The line that made the tensor that an expression stands for, followed back through names, calls and loaders.

    `into_self`: `self.x[i]` is followed to where the class sets `self.x`.
    """
    return _Tracker(crash, into_self).of(place, node)


def maker_in_loader(crash: Crash, index: int = 0) -> Place | None:
    """The line that makes an element of the batches of the loader that was drawn from."""
    return _Tracker(crash, into_self=True).in_loader(index)


class _Tracker:
    """Follows names back through assignments, callers (known from the traceback), loaders and functions of the same file."""

    def __init__(self, crash: Crash, into_self: bool) -> None:
        self.crash = crash
        self.into_self = into_self
        self.left = 12

    def of(self, place: Place, node: ast.expr | None, part: int | None = None) -> Place | None:
        """`part`: which element of the expression, where it stands for several."""
        self.left -= 1
        if node is None or self.left < 0:
            return None
        if isinstance(node, ast.Name):
            return self.of_name(place, node, part)
        if isinstance(node, (ast.Tuple, ast.List)) and part is not None and part < len(node.elts):
            return self.of(where(place.path, node.elts[part]), node.elts[part])
        if isinstance(node, ast.Subscript):
            return self.of(place, node.value, part) or where(place.path, node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return self.of_attribute(place, node) if self.into_self else None
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in PASSED_ON:
                return self.of(place, node.func.value, part)
            return self.in_function(place, node, part) or where(place.path, node)
        return where(place.path, node)

    def of_name(self, place: Place, node: ast.Name, part: int | None) -> Place | None:
        """The last statement before that gives the name its value."""
        scope = scope_at(place.path, place.line)
        found = [(s, i) for s, i in assignments(scope, node.id) if s.lineno <= place.line]
        if not found and node.id not in parameters(scope):
            found = assignments(tree(place.path), node.id)
        found = [(s, i) for s, i in found if not (s.lineno == place.line and isinstance(s, ast.Assign))] or found
        if not found:
            return self.in_caller(place, node.id, scope)
        statement, index = found[-1]
        at = where(place.path, statement)
        if isinstance(statement, (ast.For, ast.AsyncFor)):
            return self.in_loader(index) or at
        value = getattr(statement, "value", None)
        own = where(place.path, value) if value is not None and index is None else Place(path=at.path, line=at.line)
        if value is None or any(isinstance(n, ast.Name) and n.id == node.id for n in ast.walk(value)):
            return own
        made = self.of(at, value, index if index is not None else part)
        return made if made is not None and made.line else own

    def in_caller(self, place: Place, name: str, scope: Scope | None) -> Place | None:
        """A parameter: what the caller handed over."""
        if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) or name not in parameters(scope):
            return None
        frames = self.crash.frames
        inner = [i for i, f in enumerate(frames) if f.place.path == place.path and _holds(scope, f.place.line)]
        names = [n for n in parameters(scope) if n not in ("self", "cls")]
        if not inner or inner[-1] == 0 or name not in names:
            return None
        caller = frames[inner[-1] - 1].place
        return self.of(caller, bound(call_at(caller), names.index(name), name))

    def in_loader(self, index: int | None) -> Place | None:
        """An element of a batch: the line in `collate_fn`, `__getitem__` or at the `TensorDataset` that makes it."""
        loaders, drawing = self.crash.data.get("loaders", ()), self.crash.data.get("drawing", -1)
        if not 0 <= drawing < len(loaders):
            return None
        loader = loaders[drawing]
        for definition in (loader.get("collate"), loader.get("item")):
            if definition:
                path = read([*definition]).path
                scope = scope_at(path, _body_line(path, definition[1]))
                if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    return self.in_returns(path, scope, index)
        if loader["dataset"]["kind"] == "TensorDataset" and loader["dataset"]["site"]:
            at = read(loader["dataset"]["site"])
            return self.of(at, bound(call_at(at), index or 0, "")) or at
        return read(loader["dataset"]["site"] or loader["site"])

    def in_function(self, place: Place, node: ast.Call, part: int | None) -> Place | None:
        """`x, y = load()`: the line in `load`, if it is a function of the same file."""
        file = tree(place.path)
        if part is None or not isinstance(node.func, ast.Name) or file is None:
            return None
        found = [n for n in file.body if isinstance(n, ast.FunctionDef) and n.name == node.func.id]
        return self.in_returns(place.path, found[0], part) if found else None

    def in_returns(self, path: str, scope: ast.FunctionDef | ast.AsyncFunctionDef, part: int | None) -> Place | None:
        """What a function returns last."""
        returns = [n for n in ast.walk(scope) if isinstance(n, ast.Return) and n.value is not None]
        if not returns:
            return None
        value = returns[-1].value
        element = (
            value.elts[part] if isinstance(value, ast.Tuple) and part is not None and part < len(value.elts) else None
        )
        whole = where(path, element if element is not None else returns[-1])
        return self.of(where(path, returns[-1]), value, part) or whole

    def of_attribute(self, place: Place, node: ast.Attribute) -> Place | None:
        """`self.x`: where the class sets it."""
        file = tree(place.path)
        classes = (
            [n for n in ast.walk(file) if isinstance(n, ast.ClassDef) and n.lineno <= place.line <= (n.end_lineno or 0)]
            if file
            else []
        )
        for statement in (n for c in classes for n in ast.walk(c)):
            value = _set_by(statement, node.attr)
            if value is not None:
                own = where(place.path, value)
                return own if isinstance(value, ast.Name) else self.of(own, value)
        return None


def _holds(scope: ast.FunctionDef | ast.AsyncFunctionDef, line: int) -> bool:
    return scope.lineno <= line <= (scope.end_lineno or scope.lineno)


def _set_by(statement: ast.AST, name: str) -> ast.expr | None:
    """What `self.name = value` or `self.register_buffer("name", value)` sets it to."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            return value if any(isinstance(t, ast.Attribute) and t.attr == name for t in targets) else None
        case ast.Call(func=ast.Attribute(attr="register_buffer"), args=[ast.Constant(value=known), value, *_]):
            return value if known == name else None
    return None


def _body_line(path: str, line: int) -> int:
    """A function's code begins at its decorators: a line that is surely inside."""
    file = tree(path)
    functions = [n for n in ast.walk(file) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))] if file else []
    first = {min([f.lineno, *[d.lineno for d in f.decorator_list]]): f for f in functions}
    return first[line].body[0].lineno if line in first else line
