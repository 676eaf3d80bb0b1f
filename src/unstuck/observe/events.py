"""What happens in a program that trains, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from unstuck.observe.sources import Site

if TYPE_CHECKING:
    import torch


@dataclass
class Backward:
    """One entry into the autograd engine. Listeners may change it before it runs."""

    number: int
    tensors: tuple[torch.Tensor, ...]
    gradients: list[torch.Tensor | None]
    trains: bool
    """`backward()`, or gradients of a loss with respect to the parameters that the program will update by hand."""
    site: Site | None
    skip: bool = False


@dataclass
class Listeners:
    """Who is told what. Each list is called in order; filters return what goes on."""

    iterate: list[Callable[[Any], None]] = field(default_factory=list)
    """A DataLoader's `__iter__` begins."""
    draw: list[Callable[[Any], None]] = field(default_factory=list)
    """A batch is about to be drawn."""
    batch: list[Callable[[Any], Any]] = field(default_factory=list)
    """Filter: the batch that was drawn."""
    enter: list[
        Callable[[torch.nn.Module, tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]
    ] = field(default_factory=list)
    """Filter: an outermost module with parameters is about to be called."""
    answer: list[Callable[[torch.nn.Module, Any], Any]] = field(default_factory=list)
    """Filter: what an outermost module with parameters returns."""
    leave: list[Callable[[torch.nn.Module, tuple[Any, ...], Any], None]] = field(default_factory=list)
    """Any module returned."""
    backward: list[Callable[[Backward], None]] = field(default_factory=list)
    after_backward: list[Callable[[Backward], None]] = field(default_factory=list)
    before_step: list[Callable[[torch.optim.Optimizer], None]] = field(default_factory=list)
    gradients: list[Callable[[torch.optim.Optimizer], None]] = field(default_factory=list)
    """The gradients that a step will use are there: as it begins, or each time its closure has returned."""
    after_step: list[Callable[[torch.optim.Optimizer], None]] = field(default_factory=list)
    """Outermost `step` of one optimizer only: `super().step()` and closures nest."""
    clear: list[Callable[[torch.optim.Optimizer, Site | None], None]] = field(default_factory=list)
    """`zero_grad()` of an optimizer, and its place."""
    clip: list[Callable[[str, Site | None, float, float], None]] = field(default_factory=list)
    """Gradients were clipped: function, place, norm before, limit."""
