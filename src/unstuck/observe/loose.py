"""Parameters that belong to no module: plain tensors with gradients that the program keeps and updates itself."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch

from unstuck.observe import graph
from unstuck.observe.sources import user_frame

if TYPE_CHECKING:
    from unstuck.observe.events import Backward
    from unstuck.observe.session import Session


class Loose:
    """Found once, at the first backward, by what its gradients reach; named as the program names them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.by_name: dict[str, weakref.ref[torch.Tensor]] = {}
        session.on.backward.append(self._backward)

    def names(self) -> dict[int, str]:
        """Names by identity."""
        return {id(tensor): name for name, ref in self.by_name.items() if (tensor := ref()) is not None}

    def tensors(self) -> dict[str, torch.Tensor]:
        """Those that are still there, by name."""
        return {name: tensor for name, ref in self.by_name.items() if (tensor := ref()) is not None}

    def _backward(self, event: Backward) -> None:
        if event.number:
            return
        known = self.session.parameter_names()
        reached = {id(leaf): leaf for leaf in graph.reached_leaves(event.tensors) if id(leaf) not in known}
        frame = user_frame(sys._getframe(1))
        while frame is not None and reached:
            for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
                for path, tensor in _tensors_under(name, value):
                    if reached.pop(id(tensor), None) is not None:
                        self.by_name[path] = weakref.ref(tensor)
            frame = user_frame(frame.f_back)


def _tensors_under(name: str, value: Any, depth: int = 2) -> Iterator[tuple[str, torch.Tensor]]:
    """Tensors in a variable, a list, a dictionary or an object of the user's, with the words that reach them."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif depth and isinstance(value, (list, tuple)) and len(value) <= 64:
        for index, part in enumerate(value):
            yield from _tensors_under(f"{name}[{index}]", part, depth - 1)
    elif depth and isinstance(value, dict) and len(value) <= 64:
        for key, part in value.items():
            yield from _tensors_under(f"{name}[{key!r}]", part, depth - 1)
    elif depth and type(value).__module__ == "__main__" and isinstance(getattr(value, "__dict__", None), dict):
        for key, part in list(vars(value).items())[:64]:
            yield from _tensors_under(f"{name}.{key}", part, depth - 1)
