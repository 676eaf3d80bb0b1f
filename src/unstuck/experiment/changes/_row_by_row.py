"""What each held-out row is worth by itself: its loss with its own label and with its neighbours'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from unstuck.observe.calls import Call
from unstuck.observe.vocabulary import LOSS_FUNCTIONS

if TYPE_CHECKING:
    from unstuck.experiment.changes.hold_out import HoldOut


class RowByRow:
    """The loss of each held-out row with its own label and with a neighbour's: is a label more than its neighbours'?"""

    SHIFTS = (3, 5, 7)

    def __init__(self, hold_out: HoldOut) -> None:
        self.hold_out = hold_out
        self._backward = -1

    def __call__(self, call: Call) -> None:
        """Listens to the calls of the program; the first loss of each step counts."""
        session = self.hold_out.world.session
        if session.backwards == self._backward or len(call.args) < 2:
            return
        output, goal = call.args[0], call.args[1]
        if not (isinstance(output, torch.Tensor) and isinstance(goal, torch.Tensor) and output.requires_grad):
            return
        own = row_losses(call, output.detach(), goal, len(self.hold_out.now))
        if own is None or goal.dim() == 0 or len(goal) % max(1, len(self.hold_out.now)):
            return
        self._backward = session.backwards
        block = len(goal) // len(self.hold_out.now)
        others = [row_losses(call, output.detach(), goal.roll(k * block, 0), len(own)) for k in self.SHIFTS]
        if any(o is None for o in others):
            return
        other = torch.stack([o for o in others if o is not None]).mean(0)
        stand = self.hold_out._stand[self.hold_out.now].tolist()
        self.hold_out.rows += list(zip(stand, own.tolist(), other.tolist(), strict=True))


def row_losses(call: Call, output: torch.Tensor, goal: torch.Tensor, rows: int) -> torch.Tensor | None:
    """The loss of each row, by the function that was called; None where that is not known."""
    if not rows:
        return None
    try:
        if call.name in ("sub", "__sub__", "rsub"):
            losses = (output - goal) ** 2
        elif call.name in LOSS_FUNCTIONS:
            arguments = {**call.kwargs, "reduction": "none"}
            losses = getattr(torch.nn.functional, call.name)(output, goal, *call.args[2:4], **arguments)
        else:
            return None
        return losses.detach().double().reshape(rows, -1).mean(1)
    except (RuntimeError, TypeError, ValueError):
        return None
