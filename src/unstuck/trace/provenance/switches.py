"""Switches that turn shuffling off: `shuffle=False`, a default that nobody overrides, a field of a configuration."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.returns import own_nodes
from unstuck.trace.provenance.values import Demand, Scope, Step, place_of
from unstuck.trace.provenance.walk import Slice

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

SHUFFLES = re.compile(r".*(shuffl|random|permut).*", re.IGNORECASE)


def switches(world: World, slice_: Slice) -> Iterator[Step]:
    """Where a condition or an argument that speaks of shuffling gets its `False`, for the functions of a slice."""
    for scope in slice_.scopes:
        for asked in _asked(scope):
            yield from _written(world, Demand(asked, scope))


def _asked(scope: Scope) -> Iterator[ast.expr]:
    """Names in conditions, and names handed over as `shuffle=…`, that speak of shuffling."""
    for statement in scope.block.body if isinstance(scope.block.body, list) else [scope.block.body]:
        for node in own_nodes(statement):
            tests = [node.test] if isinstance(node, (ast.If, ast.IfExp)) else []
            tests += [k.value for k in node.keywords if k.arg == "shuffle"] if isinstance(node, ast.Call) else []
            for name in (n for test in tests for n in ast.walk(test)):
                if isinstance(name, (ast.Name, ast.Attribute)) and SHUFFLES.fullmatch(last_name(name)):
                    yield name


def _written(world: World, asked: Demand) -> Iterator[Step]:
    fixed = [at for at in world.sources(asked) if isinstance(at.node, ast.Constant)]
    if any(at.node.value for at in fixed if isinstance(at.node, ast.Constant)):
        return
    for at in fixed:
        if at.node is not asked.node:
            if (
                isinstance(at.scope.file.parents.get(at.node), ast.arguments)
                and asked.scope.call is not None
                and asked.scope.caller
            ):
                place = place_of(asked.scope.caller.file, asked.scope.call)
                yield Step(place, "draws", asked.scope.call, frozenset({"switch"}), side="order")
            yield Step(place_of(at.scope.file, at.node), "draws", at.node, frozenset({"switch"}), side="order")
