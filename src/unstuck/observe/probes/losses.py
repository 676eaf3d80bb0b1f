"""The losses: their values at backward, what they were called with, and what stands between them and the model."""

from __future__ import annotations

import sys
from typing import Any

import torch

from unstuck.observe import graph
from unstuck.observe.calls import Call, Calls, Target, target_of
from unstuck.observe.events import Backward
from unstuck.observe.probes.comparisons import is_agreement
from unstuck.observe.session import Session
from unstuck.observe.sources import callers
from unstuck.observe.vocabulary import ELEMENTWISE, LOSS_FUNCTIONS

LAYERS = frozenset({"Addmm", "Mm", "Bmm", "Convolution", "LogSoftmax", "Baddbmm", *graph.LOSSES})
LOOKUPS = frozenset({"Embedding", "Index", "IndexSelect", "Gather", "Stack", "Cat", *graph.SHAPE_ONLY})
NORMS = frozenset({
    "Pow", "Mul", "Sum", "Mean", "Abs", "LinalgVectorNorm", "Norm", "Sqrt", "Add", "Div",
    "torch::autograd::AccumulateGrad",
})  # fmt: skip


AGREEMENT = "unstuck agreement"


class Losses:
    """Loss calls by call site, the graph of the first backwards, operations that broadcast."""

    name = "losses"

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.calls_seen: dict[Target, dict[str, Any]] = {}
        self.broadcasts: dict[Target, dict[str, Any]] = {}
        self.agreements: dict[Target, dict[str, Any]] = {}
        self.graphs: dict[str, dict[str, Any]] = {}
        calls.listeners.append(self._call)
        session.on.backward.append(self._backward)

    def _call(self, call: Call) -> None:
        if call.name in LOSS_FUNCTIONS and torch.is_grad_enabled():
            self._loss_call(call)
        elif is_agreement(call):
            self._agreement(call)
        elif call.name in ELEMENTWISE and len(call.args) == 2 and isinstance(call.result, torch.Tensor):
            self._elementwise(call)

    def _loss_call(self, call: Call) -> None:
        output, goal = (*call.args, None)[:2]
        goal = goal if goal is not None else call.kwargs.get("target")
        if not isinstance(output, torch.Tensor) or not isinstance(goal, torch.Tensor) or not output.requires_grad:
            return
        target = target_of(call, self.session)
        seen = self.calls_seen.get(target)
        if seen is None:
            seen = self.calls_seen[target] = {
                "target": target.as_data(),
                "site": list(call.site) if call.site else None,
                "output_shape": list(output.shape),
                "target_shape": list(goal.shape),
                "output_dtype": str(output.dtype),
                "target_dtype": str(goal.dtype),
                "callers": [list(site) for site in callers(sys._getframe(1))[1:4]],
                "values": [],
                "ticks": [],
            }
        value = call.result.detach().float().mean() if isinstance(call.result, torch.Tensor) else torch.tensor(0.0)
        seen["values"].append(float(value))
        seen["ticks"].append(self.session.backwards)
        if len(seen["values"]) <= 3 and output.numel():
            data = output.detach().float()
            seen["output_range"] = [float(data.min()), float(data.max())]
            seen["target_range"] = [float(goal.min()), float(goal.max())] if goal.numel() else None
            seen["classes"] = output.shape[1] if output.dim() > 1 else None

    def _agreement(self, call: Call) -> None:
        target = target_of(call, self.session)
        call.result.grad_fn.metadata[AGREEMENT] = target
        self.agreements.setdefault(
            target, {"target": target.as_data(), "site": list(call.site) if call.site else None, "sign": 0}
        )

    def _elementwise(self, call: Call) -> None:
        left, right = call.args
        if not (isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)):
            return
        if left.requires_grad == right.requires_grad or any(
            next(m.parameters(), None) is not None for m in self.session.stack
        ):
            return
        shape = call.result.shape
        if shape != left.shape and shape != right.shape:  # each was stretched along a dimension of the other
            target = target_of(call, self.session)
            self.broadcasts.setdefault(
                target,
                {
                    "target": target.as_data(),
                    "site": list(call.site) if call.site else None,
                    "output_shape": list((left if left.requires_grad else right).shape),
                    "target_shape": list((right if left.requires_grad else left).shape),
                    "result_shape": list(shape),
                    "callers": [list(site) for site in callers(sys._getframe(1))[1:4]],
                    "argument": 1 if left.requires_grad else 0,
                },
            )

    def _backward(self, event: Backward) -> None:
        channel = channel_of(event)
        if channel in self.graphs or event.tensors[0].grad_fn is None:
            return
        root = event.tensors[0].grad_fn
        for target, sign in graph.signs_of_marked(root, AGREEMENT).items():
            self.agreements[target] |= {"sign": sign.value, "added": self._made(sign.node)}
        signs = graph.signs(root)
        self.graphs[channel] = {
            "root": graph.kind(root),
            "made": self._made(root),
            "chains": [self._chain(chain) for chain in graph.before_loss(root)],
            "signs": {name: sign.value for name, sign in signs.items()},
            "turned": [site for sign in signs.values() if sign.value < 0 and (site := self._made(sign.node))],
            "penalty": self._penalty(root),
            "rivals": [note for node in graph.rivals(root)[:3] if (note := self._note(graph.note_on(node)))],
        }

    def _made(self, node: Any) -> list[Any] | None:
        """The line that made a node."""
        note = graph.note_on(node) if node is not None else None
        return list(note[1]) if note and note[1] else None

    def _chain(self, chain: dict[str, Any]) -> dict[str, Any]:
        return {
            "loss": chain["loss"],
            "note": self._note(chain["note"]),
            "nodes": [{"kind": kind, "note": self._note(note)} for kind, note in chain["chain"]],
        }

    def _note(self, note: tuple[str, Any, Any] | None) -> dict[str, Any] | None:
        if note is None:
            return None
        name, site, module = note
        target = target_of(Call(name, (), {}, None, site, module), self.session)
        place = self.session.place_of(module) if module is not None else None
        return {"target": target.as_data(), "site": list(place or site) if (place or site) else None}

    def _penalty(self, root: Any) -> dict[str, Any] | None:
        """A summand of the loss that depends on parameters alone: where it is added, and which operand it is."""
        node, depth = root, 0
        while node is not None and graph.kind(node) in ("Add", "Sub", "Mean", "Sum", "Div", "Mul") and depth < 12:
            branches = node.next_functions
            if graph.kind(node) in ("Add", "Sub") and len(branches) == 2:
                for index, (branch, _) in enumerate(branches):
                    if branch is not None and _reaches_only_parameters(branch):
                        note = graph.note_on(node)
                        return {"operand": index, **(self._note(note) or {})} if note else None
            node = next((b for b, _ in branches if b is not None and not _reaches_only_parameters(b)), None)
            depth += 1
        return None

    def record(self) -> dict[str, Any]:
        """Calls, broadcasts and graphs as plain data."""
        return {
            "calls": list(self.calls_seen.values()),
            "broadcasts": list(self.broadcasts.values()),
            "agreements": list(self.agreements.values()),
            "graphs": self.graphs,
        }


def channel_of(event: Backward) -> str:
    """The name of a loss curve: the line that calls backward."""
    return f"{event.site.path}:{event.site.line}" if event.site else "?"


def _reaches_only_parameters(node: Any) -> bool:
    """Whether a branch is made of norms and sums of parameters: no layer and no loss in it.

    Rows looked up in a table may be what is summed, but then nothing except a norm may be taken of them.
    """
    found_parameter, kinds = False, set()
    for count, at in enumerate(graph.walk(node)):
        kinds.add(graph.kind(at))
        if count > 2000:
            return False
        found_parameter = found_parameter or isinstance(getattr(at, "variable", None), torch.nn.Parameter)
    looked_up = bool(kinds & LOOKUPS)
    return found_parameter and not kinds & LAYERS and (not looked_up or kinds <= LOOKUPS | NORMS)
