"""Leaves of a step exchanged for a function of them, wherever they enter: what changes of the data are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from unstuck.observe.indices import index_in_reach, indexed_positions
from unstuck.observe.leaves import Leaf, Ordinals, kind_of, replaced
from unstuck.observe.vocabulary import INDEXING, LISTED

if TYPE_CHECKING:
    from unstuck.observe.calls import Calls
    from unstuck.observe.session import Session


class Filters:
    """Applies a function to chosen leaves in every step of a universe."""

    def __init__(self, session: Session, calls: Calls | None) -> None:
        self.session = session
        self.calls = calls
        self.hits = 0

    def on(self, leaf: Leaf, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """From now on the leaf's tensor is `function` of what it would be."""

        def counted(tensor: torch.Tensor) -> torch.Tensor:
            self.hits += 1
            with self.session.looking_away():
                return function(tensor)

        if leaf.source == "loader":
            self.session.on.batch.append(
                lambda batch: replaced(batch, leaf.path, counted) if self.session.drawing == leaf.loader else batch
            )
        elif leaf.source == "forward":
            self.session.on.enter.append(lambda module, args, kwargs: _with_argument(args, kwargs, leaf, counted))
        elif self.calls is not None and leaf.target is not None:
            self.calls.replace(leaf.target, self._replacement(leaf, counted))

    def _replacement(self, leaf: Leaf, function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
        if leaf.source == "call":
            ordinals = Ordinals(self.session)

            def of_result(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
                if leaf.target is not None and leaf.target.function in INDEXING and len(args) > 1:
                    self.session.positions = indexed_positions(args[0], args[1])
                result = f(*args, **kwargs)
                if leaf.target is not None and leaf.target.function in LISTED and result.dim():
                    self.session.positions = index_in_reach(len(result))
                kind = kind_of(result)
                if self.session.stack or leaf.kind not in ("", kind):
                    return result
                return function(result) if ordinals.next(leaf.target, kind) == leaf.ordinal else result

            return of_result

        def with_argument(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            args, kwargs = _with_argument(args, kwargs, leaf, function)
            return f(*args, **kwargs)

        return with_argument


def _with_argument(args: tuple[Any, ...], kwargs: dict[str, Any], leaf: Leaf, function: Any) -> Any:
    key = leaf.path[0]
    if isinstance(key, int):
        given = args[key] if key < len(args) else None
        if isinstance(given, torch.Tensor):
            args = (*args[:key], function(given), *args[key + 1 :])
        elif isinstance(given, tuple) and given and isinstance(given[0], torch.Tensor):  # x[rows, :longest]
            args = (*args[:key], (function(given[0]), *given[1:]), *args[key + 1 :])
    elif isinstance(kwargs.get(key), torch.Tensor):
        kwargs = {**kwargs, key: function(kwargs[key])}
    return args, kwargs
