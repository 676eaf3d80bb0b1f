"""Where the graph is cut: a call that is given something with a gradient and returns something without."""

from __future__ import annotations

import sys
from typing import Any

import torch

from unstuck.observe import graph
from unstuck.observe.calls import Call, Calls, Target, target_of
from unstuck.observe.leaves import tensors_among
from unstuck.observe.session import Session
from unstuck.observe.sources import callers

CUTTING = frozenset({
    "detach", "detach_", "data", "item", "tolist", "numpy", "__float__", "tensor", "as_tensor", "new_tensor",
    "argmax", "round", "sign", "__array__",
})  # fmt: skip

WRITING = frozenset({"__setitem__", "copy_", "index_put_", "index_copy_", "masked_scatter_", "scatter_"})
"""Into a tensor that keeps no graph (`.data`, a buffer under no_grad) they cut."""


class Cuts:
    """Calls that cut, and modules that ran without gradients, inside training steps."""

    name = "cuts"

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.cuts: dict[Target, dict[str, Any]] = {}
        self.ungraded: dict[Target, dict[str, Any]] = {}
        self.used: set[int] = set()
        self._apart: list[Any] = []
        """The last results of `.data` and `.detach()`: what is written into them is lost for the graph."""
        self._behind: dict[Target, set[int]] = {}
        """Parameters that lie behind a cut, by identity."""
        calls.listeners.append(self._call)
        session.on.leave.append(self._leave)

    def _leave(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        for parameter in module.parameters(recurse=False):
            self.used.add(id(parameter))

    def _call(self, call: Call) -> None:
        if call.name in ("data", "detach"):
            self._apart = [*self._apart[-7:], call.result]
        arguments = [a for a in tensors_among(call.args) if a.requires_grad]
        if not arguments:
            return
        for argument in arguments:
            if argument.is_leaf:
                self.used.add(id(argument))
        written = call.args[0] if call.name in WRITING else call.result
        apart = call.name in WRITING and any(written is each for each in self._apart)
        cut = apart or not _keeps_the_graph(written, call)
        if (call.name in CUTTING or call.name in WRITING) and cut:
            entry = self._remember(self.cuts, call)
            entry["shape"] = list(arguments[0].shape)
            if entry["times"] == 1:
                self._behind[target_of(call, self.session)] = graph.reached_parameters((arguments[0],))
        elif (
            not _has_gradient(written)
            and not torch.is_grad_enabled()
            and isinstance(call.result, torch.Tensor)
            and self.session.stack
        ):
            self._remember(self.ungraded, call)

    def _remember(self, where: dict[Target, dict[str, Any]], call: Call) -> dict[str, Any]:
        target = target_of(call, self.session)
        path = self.session.module_names().get(id(self.session.stack[-1]), "") if self.session.stack else ""
        entry = where.setdefault(
            target,
            {
                "target": target.as_data(),
                "site": list(call.site) if call.site else None,
                "callers": [list(site) for site in callers(sys._getframe(2))[1:4]],
                "inside": path,
                "tick": self.session.backwards,
                "times": 0,
            },
        )
        entry["times"] += 1
        return entry

    def record(self) -> dict[str, Any]:
        """Cutting calls, calls without gradients, and the parameters that were used at all."""
        names = self.session.parameter_names()
        for target, entry in self.cuts.items():
            entry["behind"] = sorted(names[i] for i in self._behind.get(target, ()) if i in names)
        return {
            "cuts": list(self.cuts.values())[:200],
            "ungraded": list(self.ungraded.values())[:200],
            "used": sorted(names[i] for i in self.used if i in names),
        }


def _keeps_the_graph(written: Any, call: Call) -> bool:
    """A leaf made anew with `requires_grad=True` has gradients, but none that go further back."""
    return _has_gradient(written) and (call.name in WRITING or written.grad_fn is not None)


def _has_gradient(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad
