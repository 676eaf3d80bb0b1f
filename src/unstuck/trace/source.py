"""The user's source, to point at lines: never to accuse."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from unstuck.facts import Place


def at_argument(place: Place, names: tuple[str, ...]) -> Place:
    """The place of the argument that is meant, where a call is spread over several lines: `dropout=0.8,` of a layer."""
    tree = _tree(place.path)
    if tree is None or not names or not place.line:
        return place
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.lineno <= place.line <= (node.end_lineno or node.lineno)
    ]
    for call in sorted(calls, key=lambda c: (c.end_lineno or c.lineno) - c.lineno):
        for keyword in call.keywords:
            if keyword.arg in names:
                value = keyword.value
                end = value.end_col_offset if value.end_lineno == keyword.lineno else None
                column = (keyword.col_offset, end) if end else None
                return replace(place, line=keyword.lineno, column=column)
    return place


def maker_of_parameter(place: Place) -> Place:
    """`nn.Parameter(w)`, `w.requires_grad_()`: the line before it in the same function that made `w`."""
    tree = _tree(place.path)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno == place.line] if tree else []
    given = next((name for call in calls if (name := _made_a_parameter(call))), None)
    scopes = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.Module))] if tree and given else []
    inside = [s for s in scopes if isinstance(s, ast.Module) or s.lineno <= place.line <= (s.end_lineno or 0)]
    made = [
        n.lineno for n in (ast.walk(inside[-1]) if inside else ())
        if isinstance(n, ast.Assign) and n.lineno < place.line
        and any(isinstance(t, ast.Name) and t.id == given for t in n.targets)
    ]  # fmt: skip
    return replace(place, line=made[-1], column=None) if made else place


def _made_a_parameter(call: ast.Call) -> str | None:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="requires_grad_")):
            return name
        case ast.Call(func=ast.Attribute(attr="Parameter") | ast.Name(id="Parameter"), args=[ast.Name(id=name), *_]):
            return name
    return None


def value_written(place: Place, names: tuple[str, ...]) -> Place | None:
    """Where the argument's value is written, if not in the call: a default of argparse, an entry of a dictionary, a
    field of a class, a constant."""
    tree = _tree(place.path)
    if tree is None or not names:
        return None
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and call.lineno <= place.line <= (call.end_lineno or call.lineno):
            for keyword in call.keywords:
                if keyword.arg in names and (key := _key(keyword.value)):
                    return _written(key, Path(place.path))
            if "std" in names and (key := _key(call.args[-1]) if len(call.args) > 1 else None):
                return _written(key, Path(place.path))  # normal_(weight, 0.0, args.init_std)
    return None


def _key(value: ast.expr) -> str | None:
    """`args.lr`, `config["lr"]`, `LR` → the name under which the value is kept."""
    match value:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(args=[first, *_]):
            return _key(first)  # float(config["lr"])
    return None


def _written(key: str, near: Path) -> Place | None:
    files = [near, *sorted(f for f in near.parent.rglob("*.py") if f != near)[:200]]
    for file in files:
        tree = _tree(str(file))
        for node in ast.walk(tree) if tree else ():
            if (line := _writes(node, key)) is not None:
                return Place(path=str(file), line=line)
    return None


def _writes(node: ast.AST, key: str) -> int | None:
    match node:
        case ast.Call(func=ast.Attribute(attr="add_argument"), args=[ast.Constant(value=str(flag)), *_]):
            return node.lineno if flag.lstrip("-").replace("-", "_") == key else None
        case ast.Dict(keys=keys):
            return next((k.lineno for k in keys if isinstance(k, ast.Constant) and k.value == key), None)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant()) if name == key:
            return node.lineno
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant()) if name == key:
            return node.lineno
        case ast.FunctionDef(args=arguments):
            return _default_line(arguments, key)
    return None


def _default_line(arguments: ast.arguments, key: str) -> int | None:
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    named = [a for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    return next((a.lineno for a in [*with_default, *named] if a.arg == key), None)


@lru_cache(maxsize=512)
def _tree(path: str) -> ast.Module | None:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
