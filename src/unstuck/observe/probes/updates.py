"""The update: gradients left over, gradient norms, how far each parameter moves relative to its size, learning rates."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from unstuck.observe import graph
from unstuck.observe.events import Backward
from unstuck.observe.identity import ByIdentity
from unstuck.observe.session import Session, parameters_of
from unstuck.observe.sources import here


class Updates:
    """Per parameter: is it reached by a gradient, is it in an optimizer, does it move."""

    name = "updates"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reached: set[int] = set()
        self.moved: dict[int, float] = {}
        self.ratios: dict[int, list[float]] = {}
        self.gradient_norms: dict[int, list[float]] = {}
        self.global_norms: list[float] = []
        self.stale = 0
        self.cleared = 0
        self._stepped_since_backward = False
        self._before: dict[int, torch.Tensor] = {}
        session.on.backward.append(self._backward)
        session.on.before_step.append(self._before_step)
        session.on.gradients.append(self._gradients)
        session.on.after_step.append(self._after_step)

    def _backward(self, event: Backward) -> None:
        reached = graph.reached_parameters(event.tensors)
        self.reached |= reached
        # Without an optimizer each backward is followed by a step, as far as is known.
        by_hand = not self.session.live_optimizers() and event.number > 0
        if self._stepped_since_backward or by_hand:
            held = self.session.held_parameters() or list(self.session.known_parameters())
            left = any(p.grad is not None and bool(p.grad.any()) for p in held if id(p) in reached)
            self.stale += left
            self.cleared += not left
            self._stepped_since_backward = False

    def _before_step(self, optimizer: Any) -> None:
        for parameter in parameters_of(optimizer):
            self._before[id(parameter)] = parameter.detach().clone()

    def _gradients(self, optimizer: Any) -> None:
        total = 0.0
        for parameter in parameters_of(optimizer):
            if parameter.grad is not None and not parameter.grad.is_sparse:
                norm = float(parameter.grad.detach().float().norm())
                total += norm * norm
                self.gradient_norms.setdefault(id(parameter), []).append(norm)
        self.global_norms.append(total**0.5)

    def _after_step(self, optimizer: Any) -> None:
        self._stepped_since_backward = True
        for parameter in parameters_of(optimizer):
            before = self._before.pop(id(parameter), None)
            if before is None or before.shape != parameter.shape:
                continue
            moved = float((parameter.detach() - before).float().norm())
            size = float(before.float().norm())
            self.moved[id(parameter)] = max(self.moved.get(id(parameter), 0.0), moved)
            if size > 0:
                self.ratios.setdefault(id(parameter), []).append(moved / size)

    def record(self) -> dict[str, Any]:
        """Plain data: everything by parameter name."""
        names = self.session.parameter_names()

        def named(values: dict[int, Any]) -> dict[str, Any]:
            return {names[key]: value for key, value in values.items() if key in names}

        return {
            "reached": sorted(names[i] for i in self.reached if i in names),
            "moved": named(self.moved),
            "ratios": named(self.ratios),
            "gradient_norms": named(self.gradient_norms),
            "global_norms": self.global_norms,
            "stale": self.stale,
            "cleared": self.cleared,
        }


LOOK_EVERY = 8
"""Steps between looks at which parameters the trained model has."""


class Optimizers:
    """What the optimizers were built with, and the learning rate over time (cheap: on in the whole run)."""

    name = "optimizers"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[dict[str, Any]] = []
        self._entry_of: ByIdentity[dict[str, Any]] = ByIdentity()
        self._models: ByIdentity[tuple[frozenset[int], frozenset[int]]] = ByIdentity()
        self._held: list[tuple[Any, list[weakref.ref[torch.Tensor]], list[tuple[int, ...]]]] = []
        session.on.before_step.append(self._before_step)

    def _before_step(self, optimizer: Any) -> None:
        if optimizer not in self._entry_of:  # described while it is there: at the end of the program it may be gone
            for alive in (*self.session.live_optimizers(), optimizer):
                if alive not in self._entry_of:
                    self._entry_of[alive] = self._describe(alive)
                    self.entries.append(self._entry_of[alive])
        entry = self._entry_of[optimizer]
        if not entry["steps"]:
            tick = self.session.backwards - 1
            site = here()
            entry.update(
                step=list(site) if site else None,
                first=tick,
                moment=self.session.training_moment(),
                repeats=self._repeats(optimizer),
            )
        if entry["steps"] % LOOK_EVERY == 0:
            self._look_at_the_model(optimizer, entry)
        entry["steps"] += 1
        entry["last"] = self.session.backwards - 1
        group = optimizer.param_groups[0]
        rate, rates = float(group["lr"]) if "lr" in group else float("nan"), entry["rates"]
        if (not rates or rates[-1][1] != rate) and len(rates) < 2000:
            rates.append((self.session.backwards, rate))

    def _look_at_the_model(self, optimizer: Any, entry: dict[str, Any]) -> None:
        """A layer exchanged or unfrozen under the optimizer begins another phase: what holds it now is asked again."""
        held = {id(p) for p in parameters_of(optimizer)}
        exchanged = unfrozen = False
        for root in self.session.roots:
            now = frozenset(id(p) for p in root.parameters())
            free = frozenset(id(p) for p in root.parameters() if p.requires_grad)
            before, free_before = self._models.get(root, (now, free))
            if not held.isdisjoint(now):
                exchanged |= before != now
                unfrozen |= before == now and free_before < free
            self._models[root] = now, free
        if (exchanged or unfrozen) and len(entry["changes"]) < 3:
            moment = self.session.training_moment()
            entry["changes"].append({"tick": self.session.backwards - 1, "moment": moment, "unfrozen": not exchanged})

    def _repeats(self, optimizer: Any) -> bool:
        """It does what an earlier one of the same line did: with the same parameters, or for another model just like that one."""
        parameters = parameters_of(optimizer)
        site, shapes = self.session.place_of(optimizer), [tuple(p.shape) for p in parameters]
        repeats = False
        for other, references, others in self._held:
            held = {id(p) for reference in references if (p := reference()) is not None}
            shared = sum(id(p) in held for p in parameters)
            repeats |= other == site and (shared == len(parameters) or (not shared and shapes == others))
        self._held.append((site, [weakref.ref(p) for p in parameters], shapes))
        return repeats

    def _describe(self, optimizer: Any) -> dict[str, Any]:
        names = self.session.parameter_names()
        site = self.session.place_of(optimizer)
        return {
            "kind": type(optimizer).__name__,
            "site": list(site) if site else None,
            "groups": [
                {
                    **{k: v for k, v in group.items() if isinstance(v, (int, float, bool))},
                    **({"betas": [float(b) for b in group["betas"]]} if "betas" in group else {}),
                }
                for group in optimizer.param_groups
            ],
            "parameters": [names.get(id(p), "?") for p in parameters_of(optimizer)],
            "steps": 0,
            "step": None,
            "first": 0,
            "last": 0,
            "moment": 0,
            "repeats": False,
            "changes": [],
            "rates": [],
        }

    def record(self) -> list[dict[str, Any]]:
        """One entry per optimizer, in order of construction as far as they lived at the first step."""
        return self.entries
