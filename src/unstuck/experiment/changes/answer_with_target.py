"""Let the model answer what the targets say, or something that is wrong by a known measure: what does the loss say to it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.leaves import Leaf, replaced, tensors_in

SURE = 8.0
"""The logit of a sure answer to a target of 0 or 1."""


def install(world: World, leaf: dict[str, Any], form: str) -> None:
    """`leaf`: the target, as it was seen last: show the first batch again and again. `form`: a key of `FORMS`."""
    hit = world.counter()
    seen: list[torch.Tensor] = []
    make = FORMS[form]

    def remember(tensor: torch.Tensor) -> torch.Tensor:
        seen[:] = [tensor.detach().clone()]
        return tensor

    def answer(module: Any, result: Any) -> Any:
        if not seen or not torch.is_grad_enabled():
            return result
        fitting = [path for path, given in tensors_in(result) if _fits(given, seen[0])]
        if len(fitting) != 1:
            return result
        given = next(tensor for path, tensor in tensors_in(result) if path == fitting[0])
        if _of_two_kinds(seen[0]) and not bool(((given < 0) | (given > 1)).any()):
            return result  # between 0 and 1 nothing can be exaggerated: a chance, or a distance, that is right when it is small
        answered = made(given, seen[0], make, world.generator()) + 0 * given
        hit()
        return replaced(result, fitting[0], lambda given: answered)

    world.filters([leaf]).on(Leaf.from_data(leaf), remember)
    world.session.on.answer.append(answer)


def _fits(answer: torch.Tensor, target: torch.Tensor) -> bool:
    alike = target.dim() > 0 and answer.dim() > 0 and len(answer) == len(target) and answer.numel() == target.numel()
    return alike and answer.is_floating_point() and answer.requires_grad


def _of_two_kinds(target: torch.Tensor) -> bool:
    return bool(((target == 0) | (target == 1)).all())


def made(
    answer: torch.Tensor, target: torch.Tensor, form: Callable[..., torch.Tensor], generator: torch.Generator
) -> torch.Tensor:
    """The answer of that form: as logits or values, as the model's own answers are."""
    right = target.to(answer).reshape(answer.shape)
    if _of_two_kinds(target):
        return form(SURE * (2 * right - 1), torch.zeros_like(right), generator)
    return form(right, right.mean(0, keepdim=True).expand_as(right), generator)


def _noisy(right: torch.Tensor, middle: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    noise = torch.randn(right.shape, generator=generator, dtype=torch.float64).to(right)
    return right + 0.5 * (right - middle).std() * noise


FORMS: dict[str, Callable[[torch.Tensor, torch.Tensor, torch.Generator], torch.Tensor]] = {
    "right": lambda right, middle, generator: right,
    "opposite": lambda right, middle, generator: 2 * middle - right,
    "of another row": lambda right, middle, generator: right.roll(1, 0),
    "noisy": _noisy,
    "exaggerated": lambda right, middle, generator: middle + 2 * (right - middle),
}
