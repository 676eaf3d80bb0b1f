"""Calls: into the user's own functions, methods and objects; what libraries do is in `libraries`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import attributes, libraries
from unstuck.trace.provenance.expressions import step
from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.returns import returned
from unstuck.trace.provenance.values import (
    EACH,
    Class,
    Demand,
    Hop,
    Instance,
    Library,
    Object,
    Part,
    Routine,
    Step,
    place_of,
)
from unstuck.trace.provenance.vocabulary import SAME

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

RETURNS_SELF = frozenset({"fit", "to", "eval", "train", "cuda", "cpu", "requires_grad_"})
DATASETS = ("Dataset", "Subset", "Folder", "MNIST", "CIFAR10", "CIFAR100", "Loader")


def back(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """One hop back from the result of a call."""
    node = demand.node
    assert isinstance(node, ast.Call)
    entered = False
    for known in world.objects(demand.of(node.func, ()))[:4]:
        inside = list(_into(world, demand, node, known))
        if inside and not entered and not isinstance(known, Library):
            yield step(demand, "other", *_tags_of(known))
        entered = entered or bool(inside)
        yield from inside
    if not entered:
        yield from libraries.back(world, demand)


def _into(world: World, demand: Demand, node: ast.Call, known: Object) -> Iterator[Hop | Step]:
    if isinstance(known, Routine):
        scope = world.enter(known, node, demand.scope)
        if scope is not None:
            yield from returned(known, scope, demand.part)
    elif isinstance(known, Class):
        yield from of_instance(world, Instance(known, node, demand.scope), demand.part)
    elif isinstance(known, (Instance, Library)) and (isinstance(known, Instance) or known.call is not None):
        yield from applied(world, known, tuple(demand.of(a, ()) for a in node.args), demand)


def _tags_of(known: Object) -> list[str]:
    return ["enters", "dataset"] if isinstance(known, Class) else ["enters"]


def of_instance(world: World, instance: Instance, part: Part) -> Iterator[Hop | Step]:
    """An element or attribute of an object of the user's, or (no part) what it was made from."""
    if not part:
        arguments = [*instance.call.args, *(k.value for k in instance.call.keywords)] if instance.call else []
        for far, value in enumerate(arguments, 2):
            yield Hop(Demand(value, instance.scope), far=far)
        return
    if isinstance(part[0], str) and part[0] != EACH:
        yield from attributes.member(world, instance, part[0], part[1:])
        return
    for name, rest in (("__getitem__", part[1:]), ("__iter__", part), ("__next__", part[1:])):
        function = attributes.method(world, instance, name)
        scope = world.handed(function, (), instance.scope, function.node) if function is not None else None
        if function is not None and scope is not None:
            if name != "__getitem__":
                yield Step(place_of(scope.file, function.node), "draws", function.node, frozenset({"streams"}))
            yield from returned(function, scope, rest)
            return
    yield from _of_base(world, instance, part)


def _of_base(world: World, instance: Instance, part: Part) -> Iterator[Hop | Step]:
    """A class that inherits its `__getitem__` from a library: what it hands to `super().__init__`."""
    init = attributes.method(world, instance, "__init__")
    scope = (
        attributes.scope_of_method(world, instance, instance.cls, init.node)
        if init and not isinstance(init.node, ast.Lambda)
        else None
    )
    if init is None or scope is None or isinstance(init.node, ast.Lambda):
        return
    bases = [last_name(b) for b in instance.cls.node.bases]
    for node in ast.walk(init.node):
        if isinstance(node, ast.Call) and last_name(node.func) == "__init__" and bases:
            yield from libraries.named(world, Demand(node, scope, part), bases[0])


def applied(
    world: World, thing: Object, arguments: tuple[Demand, ...], demand: Demand, depth: int = 0
) -> Iterator[Hop | Step]:
    """What a function, or an object that is called like one (a transform), makes of its arguments."""
    if depth > 6:
        return
    if isinstance(thing, Instance):
        function = attributes.method(world, thing, "__call__") or attributes.method(world, thing, "forward")
        if function is not None:
            yield from applied(world, function, arguments, demand, depth)
    elif isinstance(thing, Routine):
        direct = isinstance(demand.node, ast.Call) and tuple(demand.of(a, ()) for a in demand.node.args) == arguments
        scope = (
            world.enter(thing, demand.node, demand.scope)
            if direct and isinstance(demand.node, ast.Call)
            else world.handed(thing, arguments, demand.scope, demand.node)
        )
        if scope is not None:
            yield from returned(thing, scope, demand.part)
    elif isinstance(thing, Library):
        yield from libraries.applied(world, thing, arguments, demand, depth)


def indexed(world: World, demand: Demand, node: ast.Subscript) -> Iterator[Hop | Step]:
    """`dataset[i]`, where the dataset is an object of the user's or of a library."""
    if not isinstance(node.value, (ast.Name, ast.Attribute, ast.Call)):
        return
    for known in world.objects(demand.of(node.value, ())):
        if isinstance(known, Instance) and (function := attributes.method(world, known, "__getitem__")) is not None:
            scope = world.handed(function, (demand.of(node.slice, ()),), demand.scope, node)
            if scope is not None:
                yield step(demand, "other", "enters")
                yield from returned(function, scope, demand.part)
        elif isinstance(known, Library) and known.call is not None and known.name.endswith(DATASETS):
            yield Hop(Demand(known.call, known.scope, (EACH, *demand.part)), same=True)


def made(world: World, demand: Demand) -> Object | None:
    """The object that a call makes, if it is one of a class of the user's or of a library."""
    node, scope = demand.node, demand.scope
    assert isinstance(node, ast.Call)
    name = last_name(node.func)
    known = world.objects(demand.of(node.func, ()))
    for one in known:
        if isinstance(one, Class):
            return Instance(one, node, scope)
    if any(isinstance(one, (Routine, Instance)) for one in known) or name in SAME:
        return None
    if name == "partial" and node.args:
        for one in world.objects(demand.of(node.args[0], ())):
            if isinstance(one, Routine):
                return Routine(one.node, one.scope, one.this, (node, scope))
    if name in RETURNS_SELF and isinstance(node.func, ast.Attribute):
        inner = world.objects(demand.of(node.func.value, ()))
        if inner:
            return inner[0]
    return Library(name, node, scope)
