"""Pointing at lines: where a value is written, where a tensor was made, what to write instead. Never accuses."""

from __future__ import annotations

import ast
import functools
import linecache
import os
from collections.abc import Iterator, Sequence

from unstuck.facts import Place

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


# -- reading ---------------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _parsed(path: str, stamp: float) -> ast.Module | None:
    try:
        with open(path, "rb") as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def tree(path: str) -> ast.Module | None:
    """A source file, parsed; None where it cannot be."""
    try:
        return _parsed(path, os.stat(path).st_mtime)
    except OSError:
        return None


def call_at(place: Place, name: str = "") -> ast.Call | None:
    """The call that stands at a place: by its columns, else the only one of that name on the line."""
    file = tree(place.path)
    calls = (
        [n for n in ast.walk(file) if isinstance(n, ast.Call) and n.lineno <= place.line <= (n.end_lineno or 0)]
        if file
        else []
    )
    if place.column is not None:
        at = [c for c in calls if c.lineno == place.line and c.col_offset == place.column[0]]
        exact = [c for c in at if c.end_col_offset == place.column[1]]
        calls = exact or at or calls
    named = [c for c in calls if not name or called(c) == name]
    return named[0] if len(named) == 1 or (named and place.column is not None) else None


def called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def where(path: str, node: ast.AST) -> Place:
    """A node as a place."""
    line, start = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    end = getattr(node, "end_col_offset", start) if getattr(node, "end_lineno", line) == line else start
    return Place(path=path, line=line, column=(start, end) if end > start else None)


def diff(place: Place, node: ast.AST, text: str) -> str:
    """The user's line with one node of it written otherwise."""
    old = linecache.getline(place.path, getattr(node, "lineno", 0)).rstrip("\n")
    if not old or getattr(node, "end_lineno", 0) != getattr(node, "lineno", -1):
        return ""
    code = old.encode()
    new = (code[: node.col_offset] + text.encode() + code[node.end_col_offset :]).decode()  # type: ignore[attr-defined]
    return f"-{old}\n+{new}\n"


def around(call: ast.Call, place: Place, suffix: str, argument: int = 0) -> str:
    """The diff that puts a method call behind an argument of a call."""
    if len(call.args) <= argument or isinstance(call.args[argument], ast.Starred):
        return ""
    node = call.args[argument]
    simple = isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    text = ast.get_source_segment(_text(place.path), node) or ast.unparse(node)
    return diff(place, node, f"{text}{suffix}" if simple else f"({text}){suffix}")


def _text(path: str) -> str:
    return "".join(linecache.getlines(path))


def scope_at(path: str, line: int) -> Scope | None:
    """The innermost function around a line, else the module."""
    file = tree(path)
    if file is None:
        return None
    functions = [
        n for n in ast.walk(file)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.lineno <= line <= (n.end_lineno or 0)
    ]  # fmt: skip
    return max(functions, key=lambda n: n.lineno, default=file)


def parameters(scope: Scope | None) -> list[str]:
    """Names of a function's parameters."""
    if scope is None or isinstance(scope, ast.Module):
        return []
    a = scope.args
    return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]


# -- where a value is written ----------------------------------------------------------------------------------------------


def written(
    place: Place, callers: Sequence[Place], position: int, keyword: str, *, alone: bool = False
) -> tuple[Place, ast.expr] | None:
    """Where the value of an argument is written: at the call itself, or at the caller that handed it on.

    `alone`: a name that other lines use as well is right for them: then the call is where it is wrong.
    """
    call = call_at(place)
    node = bound(call, position, keyword) if call else None
    at = place
    for caller in (*callers, None):
        if not isinstance(node, ast.Name):
            break
        scope = scope_at(at.path, at.line)
        if alone and _uses(scope, node.id) > 1:
            return where(at.path, node), node
        if node.id not in parameters(scope):
            return _constant(at, node)
        assert isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef))
        outer = call_at(caller) if caller is not None else None
        names = parameters(scope)
        names = names[1:] if names[:1] in (["self"], ["cls"]) else names
        handed = bound(outer, names.index(node.id), node.id) if outer and node.id in names else None
        if outer is None or caller is None or handed is None:
            default = _default(scope, node.id)
            return (where(at.path, default), default) if default is not None else (where(at.path, node), node)
        at, node = caller, handed
    return (where(at.path, node), node) if node is not None else None


def _uses(scope: Scope | None, name: str) -> int:
    """How often a name is used in a function."""
    nodes = ast.walk(scope) if scope is not None else ()
    return sum(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in nodes)


def used_once(place: Place, node: ast.expr) -> bool:
    """Whether a field (`config.width`) stands in its file this once: other layers that are made by it would be right."""
    file, text = tree(place.path), ast.unparse(node)
    others = ast.walk(file) if file is not None and isinstance(node, ast.Attribute) else ()
    return sum(isinstance(n, ast.Attribute) and ast.unparse(n) == text for n in others) == 1


def bound(call: ast.Call | None, position: int, keyword: str) -> ast.expr | None:
    """What a call hands over for a parameter."""
    if call is None or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    if position < len(call.args):
        return call.args[position]
    return next((k.value for k in call.keywords if k.arg == keyword), None)


def _default(scope: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> ast.expr | None:
    a = scope.args
    positional = [p.arg for p in (*a.posonlyargs, *a.args)]
    pairs = dict(zip(reversed(positional), reversed(a.defaults), strict=False))
    pairs |= {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
    return pairs.get(name)


def _constant(at: Place, node: ast.Name) -> tuple[Place, ast.expr]:
    found = [s for s, _ in assignments(tree(at.path), node.id)]
    if len(found) == 1 and isinstance(found[0], ast.Assign) and len(found[0].targets) == 1:
        value = found[0].value
        if isinstance(found[0].targets[0], ast.Name):
            return where(at.path, value), value
    return where(at.path, node), node


def assignments(scope: ast.AST | None, name: str) -> list[tuple[ast.stmt, int | None]]:
    """Statements that give a name its value, in order, with the element of their value that it gets."""
    found: list[tuple[ast.stmt, int | None]] = []
    for node in _own_nodes(scope) if scope is not None else ():
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor)):
            targets = [node.target]
        for target in targets:
            index = _index_in(target, name)
            if index != -1 and isinstance(node, ast.stmt):
                found.append((node, index))
    return sorted(found, key=lambda f: f[0].lineno)


def _index_in(target: ast.expr, name: str) -> int | None:
    """-1: the name is not set here; None: it gets the whole value."""
    if isinstance(target, ast.Name):
        return None if target.id == name else -1
    if isinstance(target, (ast.Tuple, ast.List)):
        for index, element in enumerate(target.elts):
            if isinstance(element, ast.Name) and element.id == name:
                return index
            if isinstance(element, (ast.Tuple, ast.List)) and (inner := _index_in(element, name)) != -1:
                return inner  # for i, (x, y) in enumerate(loader)
    return -1


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, not those of functions in it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield child
            yield from _own_nodes(child)


def switched_off_at(places: Sequence[Place]) -> Place | None:
    """The innermost `with` or decorator around one of some lines that speaks of gradients, by name."""
    for place in places:
        file, line = tree(place.path), place.line
        blocks: list[tuple[int, ast.expr]] = []
        for node in ast.walk(file) if file else ():
            if isinstance(node, (ast.With, ast.AsyncWith)) and node.lineno <= line <= (node.end_lineno or 0):
                blocks += [(node.lineno, item.context_expr) for item in node.items]
        scope = scope_at(place.path, line)
        if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
            blocks += [(scope.lineno, decorator) for decorator in scope.decorator_list]
        named = [block for block in blocks if _is_about_gradients(block[1])]
        if named:
            return where(place.path, max(named, key=lambda block: block[0])[1])
    return None


def _is_about_gradients(node: ast.expr) -> bool:
    name = ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]
    return name in ("no_grad", "inference_mode", "set_grad_enabled")


def expression_at(place: Place | None) -> ast.expr | None:
    """The expression that stands at a place, by its columns; on a line without columns, the value that is assigned."""
    file = tree(place.path) if place is not None else None
    if place is None or file is None:
        return None
    nodes = [n for n in ast.walk(file) if getattr(n, "lineno", 0) == place.line]
    if place.column is None:
        values = [n.value for n in nodes if isinstance(n, (ast.Assign, ast.Return)) and n.value is not None]
        return values[0] if len(values) == 1 else None
    found = [n for n in nodes if isinstance(n, ast.expr) and (n.col_offset, n.end_col_offset) == place.column]
    return found[0] if found else None


def operand(place: Place, number: int) -> ast.expr | None:
    """What stands for an argument of the call at a place: of `a @ b`, of `a.method(b)`, of `function(a, b)`."""
    node = expression_at(place)
    match node:
        case ast.BinOp(left=left, right=right):
            operands = [left, right]
        case ast.Call(func=ast.Attribute(value=owner), args=args) if not begins_with_torch(node):
            operands = [owner, *args]
        case ast.Call(args=args):
            operands = list(args)
        case _:
            operands = []
    return operands[number] if number < len(operands) else None


def text_of(place: Place, node: ast.AST) -> str:
    """A node as the user wrote it."""
    return ast.get_source_segment(_text(place.path), node) or ast.unparse(node)


def in_brackets(place: Place, node: ast.expr) -> str:
    """The same, fit for a method call behind it."""
    text = text_of(place, node)
    return text if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)) else f"({text})"


def begins_with_torch(node: ast.expr) -> bool:
    """`torch.from_numpy(x).unsqueeze(0)`: the result is surely a tensor."""
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id == "torch"


def with_argument(call: ast.Call, place: Place, argument: str) -> str:
    """The diff that gives a call one more argument."""
    parts = [text_of(place, a) for a in (*call.args, *call.keywords)]
    return diff(place, call, f"{text_of(place, call.func)}({', '.join([*parts, argument])})")


def freezing_line(path: str) -> Place | None:
    """The first line of a file that takes gradients away from parameters."""
    file = tree(path)
    for node in sorted((n for n in ast.walk(file) if isinstance(n, ast.stmt)), key=lambda n: n.lineno) if file else ():
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Attribute) and t.attr == "requires_grad" for t in node.targets
        ):
            return where(path, node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and called(node.value) == "requires_grad_":
            return where(path, node)
    return None
