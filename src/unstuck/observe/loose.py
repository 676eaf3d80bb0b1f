"""Parameters that belong to no module: plain tensors with gradients that the program keeps and updates itself."""

from __future__ import annotations

import ast
import sys
import types
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch

from unstuck.observe import graph
from unstuck.observe.sources import Site, user_frame

if TYPE_CHECKING:
    from unstuck.observe.session import Backward, Session


class Loose:
    """Found once, at the first backward, by what its gradients reach; named as the program names them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.by_name: dict[str, weakref.ref[torch.Tensor]] = {}
        self.sites: dict[str, Site] = {}
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
                        self._remember_place(path, name, tensor, frame)
            frame = user_frame(frame.f_back)

    def _remember_place(self, path: str, name: str, tensor: torch.Tensor, frame: types.FrameType) -> None:
        site = self.session.places.get(tensor) or _assigned(frame.f_code.co_filename, name)
        if site is not None:
            self.sites[path] = site


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


def _assigned(path: str, name: str) -> Site | None:
    """The first line of a file that assigns to a name."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return Site(path, node.lineno)
    return None
