"""Take the dimension of one from what the model answers in training: (N, 1) becomes (N,), wherever it goes."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World


def install(world: World) -> None:
    """For targets of shape (N,) that meet the answer in more than one place."""
    hit = world.counter()

    def answer(module: Any, result: Any) -> Any:
        if not isinstance(result, torch.Tensor) or result.dim() != 2 or result.shape[1] != 1:
            return result
        if not torch.is_grad_enabled():
            return result
        hit()
        return result.squeeze(1)

    world.session.on.answer.append(answer)
