"""Train and eval: in which mode the model is at each training step, and who set it (cheap: on in the whole run)."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.observe.events import Backward
from unstuck.observe.session import Session, parameters_of


class Modes:
    """Runs of training steps with the same modes; the line that switched last."""

    name = "modes"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.runs: list[dict[str, Any]] = []
        self._entered: list[Any] = []
        session.on.enter.append(self._enter)
        session.on.backward.append(self._backward)
        session.on.before_step.append(self._before_step)

    def _enter(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if torch.is_grad_enabled() and not any(m is module for m in self._entered):
            self._entered.append(module)
        return args, kwargs

    def _backward(self, event: Backward) -> None:
        if not self.session.live_optimizers():
            self._note(self._entered, event.number)
            self._entered = []

    def _before_step(self, optimizer: Any) -> None:
        """Of the models that took part, those count that are being trained: not a teacher, not an adversary."""
        held = {id(p) for p in parameters_of(optimizer)}
        trained = [root for root in self._entered if any(id(p) in held for p in root.parameters())]
        self._note(trained, self.session.backwards - 1)
        self._entered = []

    def _note(self, roots: list[Any], tick: int) -> None:
        for root in roots:
            state = self._state(root)
            last = next((r for r in reversed(self.runs) if r["root"] == state["root"]), None)
            if last is None or any(last[k] != state[k] for k in ("training", "asleep", "dependent")):
                self.runs.append({**state, "from": tick, "until": tick, "site": self._switched(root)})
            else:
                last["until"] = tick

    def _state(self, root: Any) -> dict[str, Any]:
        dependent = [m for m in root.modules() if depends_on_mode(m)]
        return {
            "root": next(i for i, r in enumerate(self.session.roots) if r is root),
            "kind": type(root).__name__,
            "training": bool(root.training),
            "dependent": len(dependent),
            "asleep": sum(not m.training for m in dependent),
        }

    def _switched(self, root: Any) -> list[Any] | None:
        """The last call that switched this model, or what of it depends on the mode, to its present mode."""
        parts = {id(m) for m in root.modules() if next(m.children(), None) is not None or depends_on_mode(m)}
        asleep = all(not m.training for m in root.modules() if depends_on_mode(m))
        for ref, mode, site in reversed(self.session.mode_calls):
            if (ref() is root and mode == root.training) or (asleep and not mode and id(ref()) in parts):
                return list(site) if site else None
        return None

    def record(self) -> list[dict[str, Any]]:
        """Runs of steps with one mode, at most 200."""
        return self.runs[:200]


def depends_on_mode(module: Any) -> bool:
    """Whether a module computes something else in eval mode."""
    if isinstance(module, torch.nn.modules.dropout._DropoutNd):
        return module.p > 0
    return isinstance(module, torch.nn.modules.batchnorm._NormBase) and module.track_running_stats


class Clipping:
    """By how much gradients were clipped (cheap: on in the whole run)."""

    name = "clipping"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.calls: dict[tuple[Any, ...], dict[str, Any]] = {}
        session.on.clip.append(self._clip)

    def _clip(self, function: str, site: Any, size: float, limit: float) -> None:
        entry = self.calls.setdefault(
            (function, site), {"function": function, "site": list(site) if site else None, "limit": limit, "sizes": []}
        )
        if len(entry["sizes"]) < 500:
            entry["sizes"].append(size)

    def record(self) -> list[dict[str, Any]]:
        """One entry per clipping call."""
        return list(self.calls.values())
