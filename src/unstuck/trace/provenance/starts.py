"""Where a slice begins: the expression in the user's code that brings a leaf of a batch in, and which element of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from unstuck.trace.provenance import names
from unstuck.trace.provenance.attributes import method
from unstuck.trace.provenance.files import last_name
from unstuck.trace.provenance.values import EACH, Demand, Hop, Instance, Key, Library, Part
from unstuck.trace.record import Data

if TYPE_CHECKING:
    from unstuck.trace.provenance.world import World

Site = tuple[str, int, tuple[int, int] | None]
LAYERS = frozenset({"Sequential", "Linear", "LSTM", "GRU", "RNN", "Conv1d", "Conv2d", "compile", "DataParallel"})
MODELS = re.compile(
    r"(\w*_)?(model|net|network|encoder|autoencoder|vae|classifier|policy|actor|critic|generator|lm)\d*"
)
OPTIONS = ("train_dataset", "train_dataloaders", "train_dataloader", "train_loader", "dataset")


def site(data: Any) -> Site | None:
    """A call site of a record."""
    if not data:
        return None
    path, line, start, end = (*data, -1, -1)[:4]
    return str(path), int(line), (int(start), int(end)) if start >= 0 and end > start else None


class Starts:
    """Finds the beginnings for the leaves of one record."""

    def __init__(self, world: World, record: Data) -> None:
        self.world = world
        self.record = record

    def of(self, leaf: Data) -> list[Demand]:
        """Where a leaf comes in; empty where the text does not tell."""
        source, path = leaf["source"], tuple(leaf["path"])
        if source == "loader":
            return self._of_loader(leaf["loader"], path)
        target = leaf.get("target") or {}
        found = self._at(site(target.get("site")))
        if source == "call":
            return [found] if found is not None else []
        if source == "argument":
            return self._argument(found or self._loss_of(target), path[0] if path else 0)
        return self._argument(self._model_call(), path[0] if path else 0, of_model=True)

    # -- loaders ------------------------------------------------------------------------------------------------------

    def _of_loader(self, ordinal: int, path: Part) -> list[Demand]:
        part = (EACH, *path)
        known = self._constructed(ordinal)
        iterated = list(self._iterated())
        if known is not None:
            as_called = next((x for x in iterated if x.node is known.node), known)
            return [self._of_constructed(as_called, part)]
        chosen = self._by_order(ordinal, iterated)
        return [Demand(chosen.node, chosen.scope, (*chosen.part, *part))] if chosen is not None else []

    def _by_order(self, ordinal: int, iterated: list[Demand]) -> Demand | None:
        """A loader that was not recorded: of those that the loops go through the one that stands so far in the text."""
        in_text = self._loaders_in_text()
        so_far = in_text[ordinal : ordinal + 1]
        if iterated:
            return next((x for x in iterated if so_far and x.node is so_far[0].node), iterated[0])
        return next(iter(so_far or in_text), None) or self._given_to_a_trainer()

    def _given_to_a_trainer(self) -> Demand | None:
        """The data set that a call somewhere is given to train on."""
        for file in self.world.project.everything:
            for call in (c for calls in file.calls.values() for c in calls):
                for keyword in call.keywords:
                    if keyword.arg in OPTIONS[:-1]:
                        return Demand(keyword.value, self.world.scope_of(file, call))
        return None

    def _constructed(self, ordinal: int) -> Demand | None:
        """The call that made a loader, with the caller of its function where that can be told from the order."""
        loaders = self.record.get("loaders") or []
        loader = next((x for x in loaders if x["ordinal"] == ordinal), None)
        at = self._at(site(loader["site"])) if loader else None
        if loader is None or at is None:
            return None
        same = [x["ordinal"] for x in loaders if x["site"] == loader["site"]]
        callers = names.callers(self.world, at.scope.file, at.scope.block)
        if len(callers) > 1 and len(callers) == len(same):
            return Demand(at.node, callers[same.index(ordinal)])
        return at

    def _of_constructed(self, at: Demand, part: Part) -> Demand:
        """A library that makes the loader itself (a `Trainer`) was given the data set when it was made."""
        node = at.node
        if (
            isinstance(node, ast.Call)
            and not last_name(node.func).endswith("DataLoader")
            and isinstance(node.func, ast.Attribute)
        ):
            for known in self.world.objects(at.of(node.func.value, ())):
                if isinstance(known, (Library, Instance)) and known.call is not None:
                    given = next((k.value for k in known.call.keywords if k.arg in OPTIONS), None)
                    if given is not None:
                        return Demand(given, known.scope, part)
        return Demand(at.node, at.scope, part)

    def _iterated(self) -> Iterator[Demand]:
        """The loaders that the loops around `backward` go through."""
        for at in self._backwards():
            yield from self._loops_around(at, 0)

    def _loops_around(self, at: Demand, depth: int) -> Iterator[Demand]:
        file, node = at.scope.file, at.node
        parent = file.parents.get(node)
        while parent is not None and parent is not at.scope.block:
            for source in _iterables(parent):
                yield from self._loader_in(Demand(source, at.scope))
            parent = file.parents.get(parent)
        if depth < 4:
            for called in names.callers(self.world, file, at.scope.block):
                if called.call is not None and called.caller is not None:
                    yield from self._loops_around(Demand(called.call, called.caller), depth + 1)

    def _loader_in(self, at: Demand) -> Iterator[Demand]:
        for node in ast.walk(at.node):
            if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
                for known in self.world.objects(at.of(node, ())):
                    if isinstance(known, (Library, Instance)) and known.call is not None and _is_loader(known):
                        yield Demand(known.call, known.scope)

    def _loaders_in_text(self) -> list[Demand]:
        world = self.world
        return [Demand(call, world.scope_of(file, call)) for file, call in world.project.calls_of("DataLoader")]

    # -- calls --------------------------------------------------------------------------------------------------------

    def _at(self, where: Site | None) -> Demand | None:
        file = self.world.project.file(where[0]) if where else None
        node = file.node_at(where[1], where[2]) if file is not None and where else None
        return Demand(node, self.world.scope_of(file, node)) if file is not None and node is not None else None

    def _backwards(self) -> Iterator[Demand]:
        """The calls of `backward`, those on which most steps were taken first."""
        curve = self.record.get("curve") or {}
        which, channels = curve.get("which", []), curve.get("channels", [])
        for number in sorted(range(len(channels)), key=lambda i: -which.count(i)):
            path, _, line = channels[number].rpartition(":")
            file = self.world.project.file(path) if line.isdigit() else None
            for call in file.calls.get("backward", []) if file is not None else []:
                if file is not None and call.lineno <= int(line) <= (call.end_lineno or 0):
                    yield Demand(call, self.world.scope_of(file, call))

    def _loss_of(self, target: Data) -> Demand | None:
        """The call of a loss that is known by its module or by its line."""
        calls = (self.record.get("losses") or {}).get("calls", [])
        found = next((c for c in calls if c["target"] == target), None) or next(iter(calls), None)
        return self._at(site(found["site"])) if found else None

    def _model_call(self) -> Demand | None:
        """The call of the model that the loss is computed from."""
        begins = [self._loss_of({})]
        for call in self._backwards():
            node = call.node
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                begins.append(call.of(node.func.value, ()))
        waiting = [b for b in begins if b is not None]
        seen = set(waiting)
        while waiting and len(seen) < 200:
            at = waiting.pop(0)
            if isinstance(at.node, ast.Call) and self._is_model(at.of(at.node.func, ())):
                return at
            following = [at.of(a, ()) for a in at.node.args] if isinstance(at.node, ast.Call) else []
            following += [h.demand for h in self.world.hops(at) if isinstance(h, Hop) and h.side != "order"]
            for demand in following:
                if demand not in seen:
                    seen.add(demand)
                    waiting.append(demand)
        return self._model_by_name()

    def _model_by_name(self) -> Demand | None:
        """The nearest call before `backward` of something that is called like a model."""
        for back in self._backwards():
            line = getattr(back.node, "lineno", 0)
            block = back.scope.block
            inside = [n for n in ast.walk(block) if isinstance(n, ast.Call) and n.lineno <= line and n.args]
            called = [n for n in inside if MODELS.fullmatch(last_name(n.func))]
            if called:
                nearest = max(called, key=lambda n: (n.lineno, n.col_offset))
                return Demand(nearest, back.scope)
        return None

    def _is_model(self, called: Demand) -> bool:
        for known in self.world.objects(called):
            if isinstance(known, Library) and known.call is not None and known.name in LAYERS:
                return True
            if isinstance(known, Instance) and method(self.world, known, "forward") is not None and not _is_loss(known):
                return True
        return False

    def _argument(self, call: Demand | None, key: Key, *, of_model: bool = False) -> list[Demand]:
        """What stands for an argument of a call, or for an operand."""
        if call is None:
            return []
        node = call.node
        if isinstance(node, ast.BinOp):
            return [call.of(node.right if key == 1 else node.left, ())]
        if not isinstance(node, ast.Call):
            return []
        if not isinstance(key, int):
            return [call.of(k.value, ()) for k in node.keywords if k.arg == key]
        arguments = node.args
        if not of_model and isinstance(node.func, ast.Attribute) and len(arguments) <= key:
            arguments = [node.func.value, *arguments]  # a method of a tensor: the tensor is the first argument
        for position, argument in enumerate(arguments):
            if isinstance(argument, ast.Starred):
                return [call.of(argument.value, (key - position,))]
            if position == key:
                return [call.of(argument, ())]
        return []


def _iterables(parent: ast.AST) -> list[ast.expr]:
    if isinstance(parent, (ast.For, ast.AsyncFor)):
        return [parent.iter]
    return [g.iter for g in getattr(parent, "generators", []) if isinstance(g, ast.comprehension)]


def _is_loader(known: Library | Instance) -> bool:
    made_by = [known.name] if isinstance(known, Library) else [last_name(b) for b in known.cls.node.bases]
    return any(name.endswith("DataLoader") for name in made_by)


def _is_loss(known: Instance) -> bool:
    return known.cls.node.name.lower().endswith(("loss", "criterion"))


def paths_in(record: Any, most: int = 4000) -> list[str]:
    """Every user file that a record names."""
    found: dict[str, None] = {}
    waiting = [record]
    while waiting and most:
        most -= 1
        at = waiting.pop()
        if isinstance(at, Mapping):
            waiting += at.values()
        elif isinstance(at, list):
            if at and isinstance(at[0], str) and at[0].endswith(".py") and len(at) >= 2 and isinstance(at[1], int):
                found[at[0]] = None
            else:
                waiting += at[:300]
    return sorted(found)
