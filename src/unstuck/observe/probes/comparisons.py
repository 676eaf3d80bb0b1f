"""What a prediction has in common with its goal, by backward: comparable between universes whose losses are not.

Where a change alters the goal, or the sign with which a term enters the loss, the losses of two universes say nothing.
"""

from __future__ import annotations

from math import inf

import torch

from unstuck.facts import Measured
from unstuck.observe.calls import Call, Calls
from unstuck.observe.events import Backward
from unstuck.observe.session import Session

OF_VALUES = frozenset({
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "gaussian_nll_loss",
    "binary_cross_entropy_with_logits", "sub", "__sub__", "rsub", "__rsub__",
})  # fmt: skip
"""Calls that compare a prediction with its goal, value by value."""


class Comparison:
    """One number a backward: the mean over the comparisons seen before it; infinite where there was none."""

    def __init__(self, session: Session, calls: Calls, name: Measured) -> None:
        self.session = session
        self.name = name
        self.values: list[float] = []
        self._now: list[float] = []
        self._of = unexplained if name == "unexplained" else disagreement
        calls.listeners.append(self._call)
        session.on.backward.append(self._backward)

    def _call(self, call: Call) -> None:
        if any(next(m.parameters(), None) is not None for m in self.session.stack):
            return
        if (value := self._of(call)) is not None:
            self._now.append(value)

    def _backward(self, event: Backward) -> None:
        self.values.append(sum(self._now) / len(self._now) if self._now else inf)
        self._now = []

    def record(self) -> list[float]:
        """One number a backward."""
        return self.values


def unexplained(call: Call) -> float | None:
    """Squared error ÷ the goal's own variation between the rows (1 − R²), where a call compares values."""
    if call.name not in OF_VALUES or (pair := _prediction_and_goal(call)) is None:
        return None
    prediction, goal = pair
    if goal.dim() == 0 or len(goal) < 2 or not goal.is_floating_point():
        return None
    prediction, goal = prediction.detach().double(), goal.detach().double()
    if call.name.endswith("logits"):
        prediction = torch.sigmoid(prediction)
    spread = float(((goal - goal.mean(0)) ** 2).sum())
    return float(((prediction - goal) ** 2).sum()) / spread if spread > 0 else None


def disagreement(call: Call) -> float | None:
    """1 − the cosine between predictions and their goals: 0 is the same direction, 2 the opposite."""
    return 1.0 - float(call.result.detach().double().mean()) if is_agreement(call) else None


def is_agreement(call: Call) -> bool:
    """A call that says how alike predictions and fixed goals are, row by row: training is to raise it."""
    return call.name == "cosine_similarity" and _prediction_and_goal(call) is not None


def _prediction_and_goal(call: Call) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Two tensors of one shape, of which one is computed with parameters and the other is given."""
    pair = [a for a in (*call.args, *call.kwargs.values()) if isinstance(a, torch.Tensor)][:2]
    if len(pair) < 2 or pair[0].requires_grad == pair[1].requires_grad or pair[0].shape != pair[1].shape:
        return None
    return (pair[0], pair[1]) if pair[0].requires_grad else (pair[1], pair[0])
