"""What a value can be, one hop back at a time. Nothing is executed; what cannot be known is left out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from unstuck.trace.provenance import attributes, calls, expressions, names
from unstuck.trace.provenance.arguments import bind
from unstuck.trace.provenance.files import File, Project, dotted
from unstuck.trace.provenance.values import (
    Class,
    Demand,
    Hop,
    Instance,
    Library,
    Object,
    Routine,
    Scope,
    Space,
    Step,
)

DEEPEST = 24
"""Calls inside calls."""
MOST_OBJECTS = 80
EFFORT = 1500
"""Questions that a walk may ask."""
NESTED = 40
"""Questions inside questions."""


class World:
    """The project with everything that was found out about it: scopes, objects, hops."""

    def __init__(self, project: Project, argv: tuple[str, ...] = ()) -> None:
        self.project = project
        self.options = frozenset(word.partition("=")[0] for word in argv if word.startswith("-"))
        """The options that the program was given: their defaults do not hold."""
        self._scopes: dict[tuple[object, ...], Scope] = {}
        self._objects: dict[Demand, tuple[Object, ...]] = {}
        self._hops: dict[Demand, tuple[Hop | Step, ...]] = {}
        self.busy: set[object] = set()
        """Questions that are being answered: asked again inside, they have no answer."""
        self.effort = EFFORT
        """Questions that may still be asked."""
        self._nested = 0
        self._cuts = 0

    def begin(self) -> None:
        """A new walk has all its effort before it."""
        self.effort = EFFORT

    # -- one hop ------------------------------------------------------------------------------------------------------

    def hops(self, demand: Demand) -> tuple[Hop | Step, ...]:
        """What a value is made from, nearest first, and the operations that make it."""
        return self._answered("hops", demand, self._hops, self._back)

    def _answered(
        self,
        question: str,
        demand: Demand,
        known: dict[Demand, tuple[Any, ...]],
        ask: Callable[[Demand], Iterator[Any]],
    ) -> tuple[Any, ...]:
        """An answer, found once. One that was cut short for lack of effort or depth is not kept."""
        if demand in known:
            return known[demand]
        if (question, demand) in self.busy:
            return ()
        if self.effort <= 0 or self._nested >= NESTED:
            self._cuts += 1
            return ()
        self.effort -= 1
        self._nested += 1
        self.busy.add((question, demand))
        cuts = self._cuts
        try:
            found = tuple(ask(demand))
        except RecursionError:  # a source with hundreds of branches inside branches
            self._cuts += 1
            return ()
        finally:
            self.busy.discard((question, demand))
            self._nested -= 1
        if cuts == self._cuts:
            known[demand] = found
        return found

    def _back(self, demand: Demand) -> Iterator[Hop | Step]:
        node = demand.node
        if isinstance(node, ast.Name):
            return names.back(self, demand)
        if isinstance(node, ast.alias):
            return names.imported(self, demand)
        if isinstance(node, ast.Attribute):
            return attributes.back(self, demand)
        if isinstance(node, ast.Call):
            return calls.back(self, demand)
        return expressions.back(self, demand)

    # -- what an expression is ----------------------------------------------------------------------------------------

    def objects(self, demand: Demand) -> tuple[Object, ...]:
        """Functions, classes, objects and modules that an expression can turn out to be."""
        return self._answered("objects", demand, self._objects, self._found)

    def sources(self, demand: Demand, most: int = 30) -> Iterator[Demand]:
        """A value and what it is handed on from, unchanged."""
        waiting, seen = [demand], {demand}
        while waiting:
            at = waiting.pop(0)
            yield at
            for hop in self.hops(at):
                if isinstance(hop, Hop) and hop.same and hop.demand not in seen and len(seen) < most:
                    seen.add(hop.demand)
                    waiting.append(hop.demand)

    def _found(self, demand: Demand) -> Iterator[Object]:
        waiting, seen = [demand], {demand}
        while waiting and len(seen) < MOST_OBJECTS:
            at = waiting.pop(0)
            found = self._object(at)
            if found is not None:
                yield found
                continue
            for hop in self.hops(at):
                if isinstance(hop, Hop) and hop.same and hop.demand not in seen:
                    seen.add(hop.demand)
                    waiting.append(hop.demand)

    def _object(self, demand: Demand) -> Object | None:
        """What stands here itself, if it is an object that we know."""
        node, scope = demand.node, demand.scope
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return Routine(node, scope, scope.this if self.is_method(node, scope) else None)
        if isinstance(node, ast.ClassDef):
            return Class(node, scope)
        if isinstance(node, ast.Module):
            return Space(scope.file)
        if isinstance(node, ast.Name) and (this := names.this(self, demand)) is not None:
            return this
        if isinstance(node, ast.alias):
            return None if self.hops(demand) else Library(node.name.rpartition(".")[2], None, scope)
        if isinstance(node, ast.Call) and not demand.part:
            return calls.made(self, demand)
        if isinstance(node, ast.Attribute) and dotted(node).split(".")[0] in scope.file.modules:
            return None if self.hops(demand) else Library(node.attr, None, scope)
        return None

    def is_method(self, node: ast.AST, scope: Scope) -> bool:
        """Whether a function gets the object (or class) that it is called on."""
        cls = scope.file.class_of(node)
        return cls is not None and not any(dotted(d) == "staticmethod" for d in getattr(node, "decorator_list", ()))

    def applied(
        self, thing: Object, arguments: tuple[Demand, ...], demand: Demand, depth: int = 0
    ) -> Iterator[Hop | Step]:
        """What a function or a transform makes of its arguments."""
        return calls.applied(self, thing, arguments, demand, depth)

    def indexed(self, demand: Demand, node: ast.Subscript) -> Iterator[Hop | Step]:
        """An element of an object of the user's, by its own `__getitem__`."""
        return calls.indexed(self, demand, node)

    # -- scopes -------------------------------------------------------------------------------------------------------

    def module(self, file: File) -> Scope:
        """The scope of a file."""
        return self._scope(("module", file), lambda: Scope(file, file.tree))

    def scope_of(self, file: File, node: ast.AST) -> Scope:
        """The scope around a node, with nothing known about how its function is called."""
        block = file.block_of(node)
        if isinstance(block, ast.Module):
            return self.module(file)
        return self._scope(("plain", block), lambda: Scope(file, block, self.scope_of(file, block)))

    def enter(
        self, function: Routine, call: ast.Call | None, caller: Scope, *, at: ast.AST | None = None
    ) -> Scope | None:
        """The scope of a function called here; None where calls go too deep."""
        if caller.depth >= DEEPEST:
            return None
        key = ("call", function.node, call or at, caller, function.this, function.scope)

        def make() -> Scope:
            bound = bind(function.node, call, caller, skip=int(function.this is not None)) if call else {}
            if function.given is not None:
                given, made_in = function.given
                rest = ast.Call(given.func, given.args[1:], given.keywords)
                bound = bind(function.node, rest, made_in, skip=int(function.this is not None)) | bound
            return Scope(
                function.scope.file,
                function.node,
                function.scope,
                bound,
                function.this,
                call or at,
                caller,
                caller.depth + 1,
            )

        return self._scope(key, make)

    def handed(self, function: Routine, arguments: tuple[Demand, ...], caller: Scope, at: ast.AST) -> Scope | None:
        """The scope of a function that a library calls with these arguments (`map`, `collate_fn`, a transform)."""
        if caller.depth >= DEEPEST:
            return None

        def make() -> Scope:
            a = function.node.args
            free = [p.arg for p in (*a.posonlyargs, *a.args)][int(function.this is not None) :]
            bound = {name: (argument,) for name, argument in zip(free, arguments, strict=False)}
            return Scope(
                function.scope.file, function.node, function.scope, bound, function.this, at, caller, caller.depth + 1
            )

        return self._scope(("handed", function, arguments, caller, at), make)

    def on(self, scope: Scope, this: Instance) -> Scope:
        """The scope that methods were defined in, as seen from one object."""
        return self._scope(("on", scope, this), lambda: Scope(scope.file, scope.block, scope.outer, scope.bound, this))

    def called_somewhere(self, function: Routine) -> Scope:
        """The scope of a method of a known object whose call is not known."""
        outer, this = function.scope, function.this
        return self._scope(
            ("somewhere", function.node, outer, this), lambda: Scope(outer.file, function.node, outer, {}, this)
        )

    def _scope(self, key: tuple[object, ...], make: Callable[[], Scope]) -> Scope:
        if key not in self._scopes:
            self._scopes[key] = make()
        return self._scopes[key]
