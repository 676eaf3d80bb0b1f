"""The model: its modules and where they were made, its parameters as they start, its activations in the first steps."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.observe.calls import Call, Calls, Target, target_of
from unstuck.observe.events import Backward
from unstuck.observe.session import Session

RELUS = frozenset({"relu", "relu_", "clamp_min", "relu6"})
CLAMPS = frozenset({"clamp", "clamp_", "clip", "clip_"})
DROPOUTS = frozenset({"dropout", "dropout_", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout"})


class Model:
    """Modules, parameters at the first backward."""

    name = "model"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.parameters: list[dict[str, Any]] = []
        self.outputs: dict[str, dict[str, Any]] = {}
        self._names: dict[int, str] = {}
        session.on.leave.append(self._leave)
        session.on.backward.append(self._backward)

    def _leave(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        if next(module.children(), None) is not None or not isinstance(result, torch.Tensor):
            return
        if not result.is_floating_point() or result.numel() < 2 or not torch.is_grad_enabled():
            return
        path = self._names.get(id(module))
        if path is None:
            self._names = self.session.module_names()
            path = self._names.get(id(module), "")
        if path in self.outputs and self.outputs[path]["calls"] >= 3:
            return
        with self.session.looking_away():
            data = result.detach().float()
            entry = self.outputs.setdefault(
                path,
                {
                    "kind": type(module).__name__,
                    "shape": list(result.shape),
                    "std": float(data.std()),
                    "mean": float(data.mean()),
                    "row_std": float((data - data.mean(0)).std()) if data.shape[0] > 1 else None,
                    "largest": float(data.abs().max()),
                    "calls": 0,
                },
            )
            entry["calls"] += 1

    def _backward(self, event: Backward) -> None:
        known = {p["name"] for p in self.parameters}
        names = self.session.parameter_names()
        for root in self.session.roots:
            loaded = {id(p) for m in root.modules() if m in self.session.loaded for p in m.parameters(recurse=False)}
            owners = {id(p): (path, m) for path, m in root.named_modules() for p in m.parameters(recurse=False)}
            for parameter in root.parameters():
                name = names[id(parameter)]
                if name not in known and id(parameter) in owners:
                    self.parameters.append(
                        self._describe(name, parameter, *owners[id(parameter)], id(parameter) in loaded)
                    )
                    known.add(name)
        for name, tensor in self.session.loose.tensors().items():
            if name not in known:
                self.parameters.append(self._describe(name, tensor, "", tensor, False))

    def _describe(self, name: str, parameter: Any, path: str, owner: Any, loaded: bool) -> dict[str, Any]:
        data = parameter.detach().float()
        rows = data.flatten(1) if data.dim() > 1 else None
        history = self.session.initialised.get(parameter.untyped_storage().data_ptr(), [])
        site = self.session.places.get(parameter) or self.session.place_of(owner)
        return {
            "name": name,
            "module": path,
            "kind": type(owner).__name__,
            "shape": list(parameter.shape),
            "requires_grad": bool(parameter.requires_grad),
            "mean": float(data.mean()) if data.numel() else 0.0,
            "std": float(data.std()) if data.numel() > 1 else 0.0,
            "largest": float(data.abs().max()) if data.numel() else 0.0,
            "rows_equal": bool((rows == rows[:1]).all()) if rows is not None and rows.shape[0] > 1 else False,
            "columns_equal": bool((rows == rows[:, :1]).all()) if rows is not None and rows.shape[1] > 1 else False,
            "fan_in": int(rows.shape[1]) if rows is not None else 0,
            "filled": [{"by": by, "site": list(s) if s else None} for by, s in history],
            "site": list(site) if site else None,
            "loaded": loaded,
        }

    def record(self) -> dict[str, Any]:
        """Modules with their places, parameters as they started, output scales in order of first call."""
        modules = [
            {
                "path": path,
                "kind": type(module).__name__,
                "site": list(site) if (site := self.session.place_of(module)) else None,
                "torch": type(module).__module__.startswith("torch."),
                "root": number,
            }
            for number, root in enumerate(self.session.roots)
            for path, module in root.named_modules()
        ]
        return {"modules": modules[:5000], "parameters": self.parameters, "outputs": self.outputs}


class Activations:
    """Rectifiers whose units stay at zero, dropouts and their rates, biases just before a batch norm."""

    name = "activations"

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.rectifiers: dict[Target, dict[str, Any]] = {}
        self.dropouts: dict[Target, dict[str, Any]] = {}
        self.norms: dict[Target, dict[str, Any]] = {}
        self._alive: dict[Target, list[torch.Tensor]] = {}
        calls.listeners.append(self._call)

    def _call(self, call: Call) -> None:
        if not torch.is_grad_enabled() or not isinstance(call.result, torch.Tensor):
            return
        if call.name in RELUS or (call.name in CLAMPS and _is_rectifier(call)):
            self._rectifier(call)
        elif call.name in DROPOUTS and isinstance(call.args[0], torch.Tensor) and call.args[0].requires_grad:
            self._dropout(call)
        elif call.name == "batch_norm":
            self._norm(call)

    def _entry(self, call: Call) -> dict[str, Any]:
        place = self.session.place_of(call.module) if call.module is not None else None
        site = place or call.site
        return {"target": target_of(call, self.session).as_data(), "site": list(site) if site else None}

    def _rectifier(self, call: Call) -> None:
        target = target_of(call, self.session)
        data = call.result.detach()
        if data.dim() < 2:
            return
        alive = _alive(data)
        self._alive.setdefault(target, []).append(alive)
        entry = self.rectifiers.setdefault(target, {**self._entry(call), "units": len(alive), "calls": 0})
        entry["calls"] += 1

    def _dropout(self, call: Call) -> None:
        rate = call.args[1] if len(call.args) > 1 else call.kwargs.get("p", 0.5)
        training = call.args[2] if len(call.args) > 2 else call.kwargs.get("training", call.kwargs.get("train", True))
        target = target_of(call, self.session)
        if isinstance(rate, (int, float)):
            self.dropouts.setdefault(
                target, {**self._entry(call), "rate": float(rate), "training": bool(training), "module": target.module}
            )

    def _norm(self, call: Call) -> None:
        node = getattr(call.args[0], "grad_fn", None)
        if node is not None and node.name().split("Backward")[0] in ("Convolution", "Addmm"):
            inputs = [v for v, _ in node.next_functions]
            bias = inputs[0] if "Addmm" in node.name() else (inputs[2] if len(inputs) > 2 else None)
            if bias is not None and hasattr(bias, "variable"):
                names = self.session.parameter_names()
                self.norms.setdefault(
                    target_of(call, self.session), {**self._entry(call), "bias": names.get(id(bias.variable), "?")}
                )

    def record(self) -> dict[str, Any]:
        """Rectifiers with the share of units that were zero for every row, at the first call and over all."""
        for target, alive in self._alive.items():
            same = [a for a in alive if a.shape == alive[0].shape]
            entry = self.rectifiers[target]
            entry["dead_at_first"] = 1.0 - float(same[0].float().mean())
            entry["dead"] = 1.0 - float(torch.stack(same).any(0).float().mean())
            entry["dead_at_last"] = 1.0 - float(torch.stack(same[-3:]).any(0).float().mean())
        return {
            "rectifiers": list(self.rectifiers.values()),
            "dropouts": list(self.dropouts.values()),
            "biases_before_norm": list(self.norms.values()),
        }


def _alive(data: torch.Tensor) -> torch.Tensor:
    """Which units are above zero in some row: channels of pictures; of three dimensions, whichever has more dead."""
    first, last = (data.movedim(dim, 0).flatten(1).gt(0).any(1) for dim in (1, -1))
    if data.dim() == 3:
        return min(first, last, key=lambda alive: float(alive.float().mean()))
    return first if data.dim() == 4 else last


def _is_rectifier(call: Call) -> bool:
    """`clamp(x, min=0)`."""
    low = call.args[1] if len(call.args) > 1 else call.kwargs.get("min")
    high = call.args[2] if len(call.args) > 2 else call.kwargs.get("max")
    return isinstance(low, (int, float)) and low == 0 and high is None
