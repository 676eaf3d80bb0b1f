"""How much of what a model is to predict it leaves unexplained: comparable between targets on different scales."""

from __future__ import annotations

from math import inf

import torch

from unstuck.observe.calls import Call, Calls
from unstuck.observe.session import Backward, Session

OF_VALUES = frozenset({
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "gaussian_nll_loss",
    "binary_cross_entropy_with_logits", "sub", "__sub__", "rsub", "__rsub__",
})  # fmt: skip
"""Calls that compare a prediction with its goal, value by value."""


class Unexplained:
    """By backward: squared error ÷ the goal's own variation between the rows (1 − R²); infinite where none was seen."""

    name = "unexplained"

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.values: list[float] = []
        self._now: list[float] = []
        calls.listeners.append(self._call)
        session.on.backward.append(self._backward)

    def _call(self, call: Call) -> None:
        pair = [a for a in (*call.args, *call.kwargs.values()) if isinstance(a, torch.Tensor)][:2]
        if call.name not in OF_VALUES or len(pair) < 2 or pair[0].requires_grad == pair[1].requires_grad:
            return
        prediction, goal = pair if pair[0].requires_grad else reversed(pair)
        if prediction.shape != goal.shape or goal.dim() == 0 or len(goal) < 2 or not goal.is_floating_point():
            return
        if any(next(m.parameters(), None) is not None for m in self.session.stack):
            return
        prediction, goal = prediction.detach().double(), goal.detach().double()
        if call.name.endswith("logits"):
            prediction = torch.sigmoid(prediction)
        spread = float(((goal - goal.mean(0)) ** 2).sum())
        if spread > 0:
            self._now.append(float(((prediction - goal) ** 2).sum()) / spread)

    def _backward(self, event: Backward) -> None:
        self.values.append(sum(self._now) / len(self._now) if self._now else inf)
        self._now = []

    def record(self) -> list[float]:
        """One number a backward."""
        return self.values
