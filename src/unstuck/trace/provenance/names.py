"""Names: the statements that give them their values, parameters, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import expressions
from unstuck.trace.provenance.arguments import default_of
from unstuck.trace.provenance.definitions import Definition, reaching
from unstuck.trace.provenance.files import Block, File, parameters
from unstuck.trace.provenance.values import EACH, Class, Demand, Hop, Instance, Part, Routine, Scope, Step

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

MOST_CALLERS = 3
MOST_CALLS = 60
"""Calls by the name of a function that are looked at."""


def back(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """The definitions of a name that hold where it is used; a parameter's are at the calls."""
    name = demand.node.id  # type: ignore[attr-defined]
    yield from looked_up(world, name, demand.scope, demand.node, demand.part)


def looked_up(world: World, name: str, scope: Scope, use: ast.AST | None, part: Part) -> Iterator[Hop | Step]:
    """A name seen from a scope, outward."""
    at: Scope | None = scope
    while at is not None:
        found = list(reaching(at.file, name, use, at.block))
        yield from hops_of(world, found, at, part)
        if any(d.whole for d in found):
            return
        if name in parameters(at.block):
            yield from _parameter(world, at, name, part)
            return
        if found:
            return
        use = at.block if isinstance(at.block, ast.Lambda) else _when_called(at, at.outer)
        at = at.outer


def hops_of(world: World, found: Iterable[Definition], scope: Scope, part: Part) -> Iterator[Hop | Step]:
    """Definitions as hops: a value itself, something put into it, an operation in place."""
    for far, definition in enumerate(found, 1):
        if definition.how == "touch":
            yield from expressions.touched(world, Demand(definition.node, scope, part))
        elif definition.how == "value":
            if _is_loop(scope, definition):
                yield expressions.step(Demand(definition.node, scope), "draws", "loop")
            yield Hop(Demand(definition.node, scope, (*definition.part, *part)), same=True, far=far)
        else:
            rest = _under(definition.key, part)
            if rest is not None:
                for condition in _conditions(scope.file, definition.node):
                    at = Demand(condition.test, scope)
                    yield expressions.step(at, "selects", "rows", key=("if", id(condition), id(scope)))
                yield Hop(Demand(definition.node, scope, (*definition.part, *rest)), same=True, far=far)


def _conditions(file: File, node: ast.AST) -> Iterator[ast.If]:
    """The conditions inside a loop under which something is put into a list: they pick rows."""
    found, child, parent = [], node, file.parents.get(node)
    while parent is not None and not isinstance(parent, Block):
        if isinstance(parent, ast.If):
            found.append(parent)
        if isinstance(parent, (ast.For, ast.AsyncFor, ast.While)):
            before = parent.body[: parent.body.index(child)] if child in parent.body else []
            guards = [s for s in before if isinstance(s, ast.If) and isinstance(s.body[-1], ast.Continue)]
            yield from (*found, *reversed(guards))
            return
        child, parent = parent, file.parents.get(parent)


def _is_loop(scope: Scope, definition: Definition) -> bool:
    loop = scope.file.parents.get(definition.node)
    return isinstance(loop, (ast.For, ast.AsyncFor)) and loop.iter is definition.node


def _under(keys: Part, part: Part) -> Part | None:
    """What is left of a part inside of what was put under some keys; None if it lies elsewhere."""
    for position, key in enumerate(keys):
        if position >= len(part):
            return ()
        if key != part[position] and EACH not in (key, part[position]):
            return None
    return part[len(keys) :]


def _when_called(scope: Scope, outer: Scope | None) -> ast.AST | None:
    """The call in the outer scope that led to here: what is defined after it does not count."""
    at: Scope | None = scope
    while at is not None and outer is not None:
        if at.caller is not None and at.caller.block is outer.block:
            return at.call
        at = at.caller
    return None


def _parameter(world: World, scope: Scope, name: str, part: Part) -> Iterator[Hop | Step]:
    if name in scope.bound:
        for value in scope.bound[name]:
            yield Hop(Demand(value.node, value.scope, (*value.part, *part)), same=True)
        return
    handed = list(_from_callers(world, scope, name)) if scope.call is None else []
    for value in handed:
        yield Hop(Demand(value.node, value.scope, (*value.part, *part)), same=True)
    default = default_of(scope.block, name)
    if default is not None and not handed:
        outside = scope.outer or world.module(scope.file)
        yield Hop(Demand(default, outside, part), same=True)


def _from_callers(world: World, scope: Scope, name: str) -> Iterator[Demand]:
    """What the calls of a function, wherever they stand, hand over for a parameter."""
    found = 0
    for called in callers(world, scope.file, scope.block):
        if name in called.bound and found < MOST_CALLERS:
            found += 1
            yield from called.bound[name]


def callers(world: World, file: File, function: ast.AST) -> list[Scope]:
    """A function as each of its callers in the user's files calls it."""
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or ("callers", function) in world.busy:
        return []
    world.busy.add(("callers", function))
    try:
        cls = file.class_of(function)
        name = cls.name if cls is not None and function.name == "__init__" else function.name
        entered = []
        for caller, call in world.project.calls_of(name)[:MOST_CALLS]:
            around = world.scope_of(caller, call)
            for known in world.objects(Demand(call.func, around)):
                made = _as_function(world, known, function, call, around)
                scope = world.enter(made, call, around) if made is not None else None
                if scope is not None:
                    entered.append(scope)
        return entered
    finally:
        world.busy.discard(("callers", function))


def _as_function(world: World, known: object, function: ast.AST, call: ast.Call, scope: Scope) -> Routine | None:
    if isinstance(known, Routine) and known.node is function:
        return known
    if (
        isinstance(known, Class)
        and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        and function in known.node.body
    ):
        return Routine(function, known.scope, Instance(known, call, scope))
    return None


def this(world: World, demand: Demand) -> Instance | Class | None:
    """The object that `self` is, the class that `cls` is."""
    name, at = getattr(demand.node, "id", ""), demand.scope
    while at.outer is not None and name not in parameters(at.block):
        at = at.outer
    first = parameters(at.block)[:1]
    if demand.part or first != [name] or not world.is_method(at.block, at):
        return None
    if at.this is not None:
        of_class = any(getattr(d, "id", "") == "classmethod" for d in getattr(at.block, "decorator_list", ()))
        return at.this.cls if of_class else at.this
    node = at.file.class_of(at.block)
    return None if node is None else made_somewhere(world, Class(node, world.scope_of(at.file, node)))


def made_somewhere(world: World, cls: Class) -> Instance:
    """An object of a class, as the first call in the user's files that makes one makes it."""
    if ("made", cls.node) in world.busy:
        return Instance(cls, None, cls.scope)
    world.busy.add(("made", cls.node))
    try:
        for file, call in world.project.calls_of(cls.node.name)[:MOST_CALLS]:
            scope = world.scope_of(file, call)
            if any(isinstance(o, Class) and o.node is cls.node for o in world.objects(Demand(call.func, scope))):
                return Instance(cls, call, scope)
        return Instance(cls, None, cls.scope)
    finally:
        world.busy.discard(("made", cls.node))


def imported(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """What a name that was imported from another file of the user's is there."""
    alias, file = demand.node, demand.scope.file
    assert isinstance(alias, ast.alias)
    statement = file.parents.get(alias)
    if isinstance(statement, ast.Import):
        name = alias.name if alias.asname else alias.name.split(".")[0]
        if found := world.project.module(name, 0, file):
            yield Hop(Demand(found.tree, world.module(found), demand.part), same=True)
    elif isinstance(statement, ast.ImportFrom):
        source = world.project.module(statement.module or "", statement.level, file)
        if source is not None and source is not file:
            inside = list(looked_up(world, alias.name, world.module(source), None, demand.part))
            yield from inside
            if inside:
                return
        base = f"{statement.module}." if statement.module else ""
        if found := world.project.module(base + alias.name, statement.level, file):
            yield Hop(Demand(found.tree, world.module(found), demand.part), same=True)
