"""Arguments: which one a parameter of the user's function gets, by which one data enter a function of a library."""

from __future__ import annotations

import ast

from unstuck.trace.provenance.files import Block, dotted
from unstuck.trace.provenance.values import Demand, Scope
from unstuck.trace.provenance.vocabulary import DATA_WORDS, TAKES_DATA

Bound = dict[str, tuple[Demand, ...]]


def bind(function: Block, call: ast.Call, scope: Scope, *, skip: int = 0) -> Bound:
    """Parameters with what a call hands over for them; the first `skip` (self) are not its business."""
    if isinstance(function, ast.Module):
        return {}
    a = function.args
    names = [p.arg for p in (*a.posonlyargs, *a.args)][skip:]
    bound: Bound = {}
    for position, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            for index, name in enumerate(names[position:]):
                bound[name] = (Demand(argument.value, scope, (index,)),)
            if a.vararg:
                bound[a.vararg.arg] = (Demand(argument.value, scope),)
            break
        if position < len(names):
            bound[names[position]] = (Demand(argument, scope),)
    else:
        if a.vararg and len(call.args) > len(names):
            bound[a.vararg.arg] = (Demand(_tuple(call.args[len(names) :]), scope),)
    return bound | _by_keyword(function, call, scope, names, bound)


def _by_keyword(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    call: ast.Call,
    scope: Scope,
    names: list[str],
    bound: Bound,
) -> Bound:
    a = function.args
    every = [*names, *(p.arg for p in a.kwonlyargs)]
    found: Bound = {}
    for keyword in call.keywords:
        if keyword.arg in every:
            found[keyword.arg] = (Demand(keyword.value, scope),)
        elif keyword.arg is None:
            for name in every:
                if name not in bound and name not in found:
                    found[name] = (Demand(keyword.value, scope, (name,)),)
    rest = [k for k in call.keywords if k.arg is not None and k.arg not in every]
    if a.kwarg and rest:
        keys: list[ast.expr | None] = [ast.copy_location(ast.Constant(k.arg), k.value) for k in rest]
        found[a.kwarg.arg] = (Demand(ast.copy_location(ast.Dict(keys, [k.value for k in rest]), rest[0].value), scope),)
    return found


def _tuple(elements: list[ast.expr]) -> ast.Tuple:
    return ast.copy_location(ast.Tuple(elements, ast.Load()), elements[0])


def default_of(function: Block, name: str) -> ast.expr | None:
    """The default of a parameter."""
    if isinstance(function, ast.Module):
        return None
    a = function.args
    positional = [p.arg for p in (*a.posonlyargs, *a.args)]
    pairs = dict(zip(reversed(positional), reversed(a.defaults), strict=False))
    pairs |= {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
    return pairs.get(name)


def argument(call: ast.Call, position: int, *keywords: str) -> ast.expr | None:
    """An argument of a library call by position or by one of its names."""
    named = next((k.value for k in call.keywords if k.arg in keywords), None)
    if named is not None:
        return named
    if position < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return None


def data_of(demand: Demand, node: ast.Call, name: str) -> ast.expr | None:
    """The argument (or what a method is called on) that the data come in by."""
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    if receiver is not None and dotted(receiver).split(".")[0] in demand.scope.file.modules:
        receiver = None
    if receiver is not None and not (TAKES_DATA.fullmatch(name) and node.args):
        return receiver
    if node.args:
        first = node.args[0]
        return first.value if isinstance(first, ast.Starred) else first
    return next((k.value for k in node.keywords if k.arg in DATA_WORDS), receiver)


def others_of(node: ast.Call, data: ast.expr) -> list[ast.expr]:
    """The other arguments that may be data."""
    every = [*node.args, *(k.value for k in node.keywords if k.arg in DATA_WORDS)]
    found = [a.value if isinstance(a, ast.Starred) else a for a in every]
    return [a for a in found if a is not data and not isinstance(a, ast.Constant)][:6]
