"""Where the data of a step come in: the leaves of a batch, by whatever way the program makes its batches.

A leaf is part of what a DataLoader yields, the result of a call that slices or converts stored data in the loop, or (full
batch) a tensor handed straight to the model or to the loss. A leaf that meets parameters is an input; one that meets the
model's output is a target; a language model's tokens are both. An input that the model itself scales first is a second
leaf, rescaled, where it meets the first parameters. The numbers that rows are drawn by are a leaf, too, the index. What
came with them by the same index or in the same batch, and met neither (lengths, say), is a companion: it belongs to the
same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import torch

from unstuck.observe.calls import Call, Calls, Target, target_of
from unstuck.observe.indices import all_differ, index_of, is_index, rows_in_order
from unstuck.observe.vocabulary import (
    AS_PYTHON,
    ASSEMBLING,
    ELEMENTWISE,
    INDEXING,
    LISTED,
    LOSS_FUNCTIONS,
    MASKING,
    SOURCES,
    WEIGHTED,
)

if TYPE_CHECKING:
    from unstuck.observe.session import Session


@dataclass(frozen=True)
class Leaf:
    """One place where data enter a step."""

    source: Literal["loader", "call", "forward", "argument"]
    loader: int = -1
    """Ordinal of the loader in order of construction."""
    path: tuple[Any, ...] = ()
    """Where in the loader's batch, or which argument of the model or of the call."""
    target: Target | None = None
    kind: str = ""
    """Type and dimensions of a call's result: `[part[rows] for part in data]` is one line for several leaves."""
    ordinal: int = 0
    """How many results of that kind the same call had given before, since a model was called last."""

    def as_data(self) -> dict[str, Any]:
        """Plain data for a `Change`."""
        return {
            "source": self.source,
            "loader": self.loader,
            "path": list(self.path),
            "target": self.target.as_data() if self.target else None,
            "kind": self.kind,
            "ordinal": self.ordinal,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Leaf:
        """The inverse of `as_data`."""
        target = Target.from_data(data["target"]) if data["target"] else None
        place = data["source"], data["loader"], tuple(data["path"])
        return cls(*place, target, data.get("kind", ""), data.get("ordinal", 0))


class Ordinals:
    """Counts the results that one call gives between two calls of a model."""

    def __init__(self, session: Session) -> None:
        self._counts: dict[tuple[Target | None, str], int] = {}
        session.on.enter.append(self._start_again)

    def _start_again(self, module: Any, args: Any, kwargs: Any) -> Any:
        self._counts.clear()
        return args, kwargs

    def next(self, target: Target | None, kind: str) -> int:
        """The number of this result, from zero."""
        number = self._counts.get((target, kind), 0)
        self._counts[target, kind] = number + 1
        return number


def tensors_in(batch: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], torch.Tensor]]:
    """All tensors of a nested batch with their paths."""
    if isinstance(batch, torch.Tensor):
        yield path, batch
    elif isinstance(batch, Mapping) or hasattr(batch, "keys"):
        for key in batch.keys():  # noqa: SIM118 - BatchEncoding and the like
            yield from tensors_in(batch[key], (*path, key))
    elif isinstance(batch, (list, tuple)) and len(batch) < 64:
        for index, part in enumerate(batch):
            yield from tensors_in(part, (*path, index))


def replaced(batch: Any, path: tuple[Any, ...], function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The batch with the tensor at `path` replaced; containers keep their type."""
    if not path:
        return function(batch) if isinstance(batch, torch.Tensor) else batch
    key, rest = path[0], path[1:]
    if isinstance(batch, tuple):
        parts = [replaced(p, rest, function) if i == key else p for i, p in enumerate(batch)]
        return type(batch)(*parts) if hasattr(batch, "_fields") else tuple(parts)
    batch[key] = replaced(batch[key], rest, function)
    return batch


class Provenance:
    """Follows the data of a step from where they enter to where they meet parameters or the model's output."""

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.roles: dict[Leaf, set[str]] = {}
        self.seen: dict[Leaf, list[torch.Tensor]] = {}
        """Tensors of this step by leaf, for the probe that summarises them."""
        self._tags: dict[int, tuple[torch.Tensor, frozenset[Leaf]]] = {}
        self._older: dict[int, tuple[torch.Tensor, frozenset[Leaf]]] = {}
        self._values: dict[Leaf, torch.Tensor] = {}
        self._ordinals = Ordinals(session)
        self._made: dict[Leaf, Any] = {}
        """Leaves of this step in the order in which they were made, with the index they were drawn by."""
        self._indices: list[Any] = []
        self._places: dict[Leaf, tuple[int, int] | None] = {}
        """First and last row that a leaf of this step was drawn from, if its rows lie in order."""
        self._met: set[Leaf] = set()
        """Leaves that have met the first weights in this step."""
        self._numbers: dict[int, tuple[torch.Tensor, Leaf]] = {}
        """What may be an index: whole numbers cut out of stored ones in this step."""
        session.on.batch.append(self._batch)
        session.on.enter.append(self._enter)
        calls.listeners.append(self._call)

    def next_step(self) -> None:
        """Forget what was tagged two steps ago: loaders may look one batch ahead."""
        self._older, self._tags = self._tags, {}
        self.seen = {}
        self._made, self._indices, self._numbers, self._met = {}, [], {}, set()
        self._places = {}

    def tags(self, value: Any) -> frozenset[Leaf]:
        """The leaves a tensor was made from."""
        found = self._tags.get(id(value)) or self._older.get(id(value))
        return found[1] if found and found[0] is value else frozenset()

    def _tag(self, tensor: torch.Tensor, leaves: frozenset[Leaf]) -> None:
        self._tags[id(tensor)] = (tensor, leaves)

    def _new(self, leaf: Leaf, tensor: torch.Tensor, index: Any = None) -> frozenset[Leaf]:
        leaves = frozenset({leaf})
        self._tag(tensor, leaves)
        self._values[leaf] = tensor
        self._made.setdefault(leaf, index)
        return leaves

    def turn(self, leaf: Leaf) -> int:
        """How many leaves were made before it in this step."""
        return next((i for i, made in enumerate(self._made) if made == leaf), -1)

    def rows_in_order(self, leaf: Leaf) -> tuple[int, int] | None:
        """First and last row, where rows were drawn in the order in which they are stored."""
        return self._places.get(leaf)

    def by_numbers(self, leaf: Leaf) -> bool:
        """Whether the leaf's rows were drawn by a tensor of their numbers."""
        return is_index(self._made.get(leaf))

    def add_companions(self) -> None:
        """What was drawn together with an input or a target belongs to the same rows, whatever it is used for."""
        drawn = [self._made[leaf] for leaf in self.seen if self._made.get(leaf) is not None]
        loaders = {leaf.loader for leaf in self.seen if leaf.source == "loader"}
        listed = {_listed_in(leaf, self._values[leaf]) for leaf in self.seen if leaf in self._values} - {None}
        for leaf, index in self._made.items():
            value = self._values[leaf]
            together = any(index is other for other in drawn) or (leaf.source == "loader" and leaf.loader in loaders)
            together = together or _listed_in(leaf, value) in listed
            if leaf not in self.seen and together and not any(value is used for used in self._indices):
                self._meets(frozenset({leaf}), "companion")

    def _meets(self, leaves: frozenset[Leaf], role: str) -> None:
        for leaf in leaves:
            self.roles.setdefault(leaf, set()).add(role)
            if leaf in self._values:
                self.seen.setdefault(leaf, [self._values[leaf]])

    def _batch(self, batch: Any) -> Any:
        loader = self.session.drawing
        for path, tensor in tensors_in(batch):
            self._new(Leaf("loader", loader=loader, path=path), tensor)
        return batch

    def _enter(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if torch.is_grad_enabled():
            for key, value in [*enumerate(args), *kwargs.items()]:
                if isinstance(value, torch.Tensor) and not value.requires_grad and not self.tags(value):
                    self._new(Leaf("forward", path=(key,)), value)
        return args, kwargs

    def _follow_indices(self, call: Call) -> None:
        """Numbers that are cut out of stored ones outside of the model, and by which rows are then drawn."""
        used = call.args[0] if call.name in AS_PYTHON and call.args else index_of(call)
        known = self._numbers.get(id(used))
        if known is not None and known[0] is used:
            leaf = known[1]
            self._values[leaf] = known[0]
            self._meets(frozenset({leaf}), "index")
        cut = call.name in INDEXING and not self.session.stack and call.site is not None
        if cut and is_index(call.result) and call.args and is_index(call.args[0]) and all_differ(call.result):
            self._numbers[id(call.result)] = call.result, Leaf("call", target=target_of(call, self.session))

    def _call(self, call: Call) -> None:
        self._follow_indices(call)
        arguments = list(tensors_among(call.args)) + list(tensors_among(tuple(call.kwargs.values())))
        plain = [a for a in arguments if not a.requires_grad]
        if any(a.requires_grad for a in arguments) and torch.is_grad_enabled():
            self._meeting(call, plain)
            return
        if not isinstance(call.result, torch.Tensor):
            return
        base = call.args[0] if call.args else None
        index = index_of(call)
        self._indices.append(index)
        known = (call.name in SOURCES or call.name in ASSEMBLING) and not self.session.stack and call.site
        leaf = self._leaf_of(call) if known else None
        inherited = self.tags(base) if call.name in INDEXING else frozenset[Leaf]().union(*map(self.tags, plain))
        if leaf is not None and inherited and call.name in ASSEMBLING:
            self._new(leaf, call.result)
        elif inherited:
            self._tag(call.result, inherited)
        elif leaf is not None and call.name in SOURCES and call.result.dim() > 0:
            self._new(leaf, call.result, index)
            if call.name in INDEXING:
                self._places[leaf] = rows_in_order(call.args[0], call.args[1] if len(call.args) > 1 else None)

    def _leaf_of(self, call: Call) -> Leaf:
        target, kind = target_of(call, self.session), kind_of(call.result)
        return Leaf("call", target=target, kind=kind, ordinal=self._ordinals.next(target, kind))

    def _meeting(self, call: Call, plain: list[torch.Tensor]) -> None:
        if call.name in LOSS_FUNCTIONS:
            goal = call.args[1] if len(call.args) > 1 else call.kwargs.get("target", call.kwargs.get("labels"))
            if isinstance(goal, torch.Tensor) and not goal.requires_grad:
                leaves = self.tags(goal) or self._new(
                    Leaf(
                        "argument", path=(1 if len(call.args) > 1 else "target",), target=target_of(call, self.session)
                    ),
                    goal,
                )
                self._meets(leaves, "target")
            return
        inside_model = any(next(m.parameters(), None) is not None for m in self.session.stack)
        for tensor in plain:
            leaves = self.tags(tensor)
            if leaves and call.name in MASKING:
                continue
            if leaves:
                self._meets(leaves, "input" if inside_model or call.name == "linear" else "target")
                if inside_model and call.name in WEIGHTED and not leaves & self._met:
                    self._met |= leaves
                    self._rescaled(call, tensor, leaves)
            elif not inside_model and call.name in ELEMENTWISE and tensor.dim() > 0 and tensor.numel() > 1:
                index = next((i for i, a in enumerate(call.args) if a is tensor), None)
                if index is not None:
                    leaf = Leaf("argument", path=(index,), target=target_of(call, self.session))
                    self._meets(self._new(leaf, tensor), "target")

    def _rescaled(self, call: Call, tensor: torch.Tensor, leaves: frozenset[Leaf]) -> None:
        """What meets the first parameters is no longer what entered: the model has scaled it."""
        index = next((i for i, a in enumerate(call.args) if a is tensor), None)
        entered = [self._values[leaf] for leaf in leaves if leaf in self._values]
        if index is None or not tensor.is_floating_point() or any(_alike(tensor, value) for value in entered):
            return
        target = replace(target_of(call, self.session), site=call.site)
        leaf = Leaf("argument", path=(index,), target=target)
        self._values[leaf] = tensor
        self._meets(frozenset({leaf}), "rescaled")


def _alike(tensor: torch.Tensor, entered: torch.Tensor) -> bool:
    """Of the same spread, or of another type: embedded, say."""
    if entered.layout is not torch.strided or tensor.layout is not torch.strided:
        return True
    if not entered.is_floating_point() or entered.numel() < 2 or tensor.numel() < 2:
        return True
    before, after = _spread(entered), _spread(tensor)
    return not abs(after - before) > 0.5 * before


def _spread(tensor: torch.Tensor) -> float:
    """How much the rows differ."""
    rows = tensor.detach().double()
    return float((rows - rows.mean(0)).square().mean().sqrt())


def _listed_in(leaf: Leaf, value: torch.Tensor) -> tuple[str, int] | None:
    """The file in which such a leaf is made, and how many rows it has."""
    if leaf.source != "call" or leaf.target is None or leaf.target.site is None or leaf.target.function not in LISTED:
        return None
    return leaf.target.site.path, len(value) if value.dim() else 0


def kind_of(value: Any) -> str:
    """Type and number of dimensions of a tensor."""
    return f"{value.dtype} {value.dim()}d" if isinstance(value, torch.Tensor) else ""


def tensors_among(values: Any) -> Iterator[torch.Tensor]:
    """The tensors among the arguments of a call, in lists of them, too."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)) and len(value) < 64:
            yield from tensors_among(value)
