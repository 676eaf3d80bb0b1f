"""Attributes: what methods set on an object, class bodies, fields of dataclasses, names of modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.trace.provenance import names
from unstuck.trace.provenance.arguments import argument
from unstuck.trace.provenance.definitions import reaching
from unstuck.trace.provenance.expressions import step
from unstuck.trace.provenance.files import dotted, last_name, parameters
from unstuck.trace.provenance.returns import returned
from unstuck.trace.provenance.values import Class, Demand, Hop, Instance, Library, Part, Routine, Scope, Space, Step
from unstuck.trace.provenance.vocabulary import STATISTICS, VIEWS

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

PROPERTIES = frozenset({"property", "cached_property", "lazy", "lazy_property"})
NOT_DATA = frozenset({"shape", "dtype", "device", "ndim", "size", "requires_grad", "columns", "index"})
Method = ast.FunctionDef | ast.AsyncFunctionDef


def back(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """One hop back from `thing.name`."""
    node, scope = demand.node, demand.scope
    assert isinstance(node, ast.Attribute)
    name = dotted(node)
    if name:
        found = list(reaching(scope.file, name, node, scope.block))
        yield from names.hops_of(world, found, scope, demand.part)
        if any(d.whole for d in found):
            return
    owners = [o for o in world.objects(demand.of(node.value, ())) if isinstance(o, (Space, Class, Instance))]
    if owners:
        for owner in owners[:3]:
            yield from member(world, owner, node.attr, demand.part)
    elif options := list(_options(world, demand)):
        yield from options
    elif name.split(".")[0] not in scope.file.modules and node.attr not in NOT_DATA:
        if node.attr in VIEWS or node.attr in STATISTICS:
            yield Hop(demand.of(node.value, () if node.attr == "T" else demand.part))
        else:
            yield step(demand, "selects")
            yield Hop(demand.of(node.value, (node.attr, *demand.part)))


def _options(world: World, demand: Demand) -> Iterator[Hop | Step]:
    """`args.name`, where `args` is what an argument parser returned: the default of the option."""
    assert isinstance(demand.node, ast.Attribute)
    for known in world.objects(demand.of(demand.node.value, ())):
        if not isinstance(known, Library) or known.call is None or known.name != "parse_args":
            continue
        yield step(demand, "other")
        for file, call in world.project.calls_of("add_argument"):
            flags = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            named = demand.node.attr in [flag.lstrip("-").replace("-", "_") for flag in flags]
            if named and world.options.isdisjoint(flags):
                for given in (k.value for k in call.keywords if k.arg == "default"):
                    yield Hop(Demand(given, world.scope_of(file, call), demand.part), same=True)


def member(world: World, owner: Space | Class | Instance, name: str, part: Part) -> Iterator[Hop | Step]:
    """What a name is on a module, a class or an object."""
    if isinstance(owner, Space):
        yield from names.looked_up(world, name, world.module(owner.file), None, part)
        return
    instance = owner if isinstance(owner, Instance) else Instance(owner, None, owner.scope)
    for cls in lineage(world, instance.cls):
        found = list(_of_body(world, instance, cls, name, part))
        found += list(_set_by_methods(world, instance, cls, name, part)) if isinstance(owner, Instance) else []
        if found:
            yield from found
            return


def lineage(world: World, cls: Class, depth: int = 0) -> list[Class]:
    """A class and those of the user's that it inherits from."""
    found = [cls]
    for base in cls.node.bases if depth < 6 else []:
        for known in world.objects(Demand(base, cls.scope)):
            if isinstance(known, Class) and known.node is not cls.node:
                found += lineage(world, known, depth + 1)
    return found


def method(world: World, instance: Instance, name: str) -> Routine | None:
    """A method of an object, bound to it."""
    for cls in lineage(world, instance.cls):
        for statement in cls.node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
                return Routine(statement, cls.scope, instance)
    return None


def _of_body(world: World, instance: Instance, cls: Class, name: str, part: Part) -> Iterator[Hop | Step]:
    """Methods, properties, class attributes and fields."""
    own = any(isinstance(s, ast.FunctionDef) and s.name == "__init__" for s in cls.node.body)
    fields = [s for s in cls.node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
    for statement in reversed(cls.node.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
            yield from _method(world, instance, cls, statement, part)
            return
        if isinstance(statement, ast.Assign) and any(dotted(t) == name for t in statement.targets):
            yield Hop(Demand(statement.value, cls.scope, part), same=True)
            return
    for index, field in enumerate(fields):
        if dotted(field.target) == name:
            given = argument(instance.call, index, name) if instance.call is not None and not own else None
            if given is not None:
                yield Hop(Demand(given, instance.scope, part), same=True)
            elif field.value is not None:
                yield Hop(Demand(_default(field.value), cls.scope, part), same=True)


def _default(value: ast.expr) -> ast.expr:
    """The default in `field(default=…)`."""
    if isinstance(value, ast.Call) and last_name(value.func) in ("field", "Field"):
        return argument(value, 9, "default", "default_factory") or value
    return value


def _method(world: World, instance: Instance, cls: Class, function: Method, part: Part) -> Iterator[Hop | Step]:
    bound = Routine(function, cls.scope, instance)
    if any(last_name(d) in PROPERTIES for d in function.decorator_list):
        scope = world.handed(bound, (), cls.scope, function)
        if scope is not None:
            yield from returned(bound, scope, part)
        return
    yield Hop(Demand(function, world.on(cls.scope, instance)), same=True)


def _set_by_methods(world: World, instance: Instance, cls: Class, name: str, part: Part) -> Iterator[Hop | Step]:
    """`self.name = …` in any method: what `__init__` sets last, then what others set."""
    methods = [s for s in cls.node.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and parameters(s)]
    for function in sorted(methods, key=lambda m: m.name != "__init__"):
        key = f"{parameters(function)[0]}.{name}"
        found = list(reaching(cls.scope.file, key, None, function))
        if found:
            yield from names.hops_of(world, found, scope_of_method(world, instance, cls, function), part)


def scope_of_method(world: World, instance: Instance, cls: Class, function: Method) -> Scope:
    """The scope of a method of an object: of `__init__` with the arguments that made the object."""
    bound = Routine(function, cls.scope, instance)
    if function.name == "__init__" and instance.call is not None:
        scope = world.enter(bound, instance.call, instance.scope)
        if scope is not None:
            return scope
    return world.called_somewhere(bound)
