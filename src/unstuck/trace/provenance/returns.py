"""What a function of the user's returns, or yields."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unstuck.trace.provenance.values import Demand, Hop, Part, Routine, Scope


def returned(function: Routine, scope: Scope, part: Part) -> Iterator[Hop]:
    """What a function returns, or yields."""
    if isinstance(function.node, ast.Lambda):
        yield Hop(Demand(function.node.body, scope, part), same=True)
        return
    own = [n for statement in function.node.body for n in own_nodes(statement)]
    yields = [n for n in own if isinstance(n, (ast.Yield, ast.YieldFrom))]
    if yields:
        for found in reversed(yields):
            if found.value is not None:
                inner = part if isinstance(found, ast.YieldFrom) else part[1:]
                yield Hop(Demand(found.value, scope, inner), same=True)
        return
    returns = [n.value for n in own if isinstance(n, ast.Return) and n.value is not None]
    for far, value in enumerate(reversed(returns), 1):
        yield Hop(Demand(value, scope, part), same=True, far=far)


def own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement's nodes, not those of functions in it."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield node
        waiting += reversed(list(ast.iter_child_nodes(node)))
