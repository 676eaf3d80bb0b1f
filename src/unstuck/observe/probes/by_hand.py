"""What the program does itself that others leave to the optimizer or to torch: its own update, its own clipping."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.observe.anchors.clipping import norm_of
from unstuck.observe.calls import Call, Calls
from unstuck.observe.events import Backward
from unstuck.observe.session import Session
from unstuck.observe.sources import Site

WRITING = ("set data", "__isub__", "__iadd__", "__imul__", "__itruediv__", "__setitem__")


class ByHand:
    """Lines that write into parameters or into gradients, and the norms of the gradients before and after."""

    name = "by hand"

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.updates: dict[Site, int] = {}
        self.rewrites: dict[Site, int] = {}
        self.clearing: dict[Site, int] = {}
        """Lines that touch gradients between a step and the next backward."""
        self.norms: list[tuple[float, float]] = []
        self.updated: set[str] = set()
        self._parameters: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._gradients: set[int] = set()
        self._norm = 0.0
        self._stepped = False
        calls.listeners.append(self._call)
        session.on.after_backward.append(self._after_backward)
        session.on.gradients.append(self._step)
        session.on.after_step.append(self._after_step)
        session.on.backward.append(self._backward)
        session.on.clear.append(self._clear)

    def _after_backward(self, event: Backward) -> None:
        known = list(self.session.known_parameters())
        self._names = self.session.parameter_names()
        self._parameters = {p.data_ptr(): self._names.get(id(p), "?") for p in known}
        gradients = [p.grad for p in known if p.grad is not None and not p.grad.is_sparse]
        self._gradients = {g.data_ptr() for g in gradients}
        self._norm = norm_of(gradients)

    def _step(self, optimizer: Any) -> None:
        gradients = [p.grad for p in self.session.known_parameters() if p.grad is not None and not p.grad.is_sparse]
        self.norms.append((self._norm, norm_of(gradients)))

    def _after_step(self, optimizer: Any) -> None:
        self._stepped = True

    def _backward(self, event: Backward) -> None:
        self._stepped = False

    def _clear(self, optimizer: Any, site: Site | None) -> None:
        if site and self._stepped:
            self.clearing[site] = self.clearing.get(site, 0) + 1

    def _call(self, call: Call) -> None:
        if self._stepped and call.site and self._touches_gradients(call):
            self.clearing[call.site] = self.clearing.get(call.site, 0) + 1
        writes = call.name in WRITING or (call.name.endswith("_") and not call.name.endswith("__"))
        if not writes or not call.site or not call.args or not isinstance(call.args[0], torch.Tensor):
            return
        if call.name in ("zero_", "requires_grad_", "detach_", "retain_grad_"):
            return
        address, itself = call.args[0].data_ptr(), self._names.get(id(call.args[0]))
        if itself or address in self._parameters:
            self.updated.add(itself or self._parameters[address])
            self.updates[call.site] = self.updates.get(call.site, 0) + 1
        elif address in self._gradients:
            self.rewrites[call.site] = self.rewrites.get(call.site, 0) + 1

    def _touches_gradients(self, call: Call) -> bool:
        of = call.args[0] if call.args else None
        if call.name == "set grad" or not isinstance(of, torch.Tensor):
            return call.name == "set grad"
        return call.name.endswith("_") and not of.is_sparse and of.data_ptr() in self._gradients

    def record(self) -> dict[str, Any]:
        """Lines with how often they wrote, and the norms before and after what was done to the gradients."""
        return {
            "updates": [{"site": list(site), "times": n} for site, n in self.updates.items()],
            "rewrites": [{"site": list(site), "times": n} for site, n in self.rewrites.items()],
            "clearing": [{"site": list(site), "times": n} for site, n in self.clearing.items()],
            "updated": sorted(self.updated),
            "norms": self.norms,
        }
