"""Ways of measuring what a change does: in which universes, by which numbers of them, between which two ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from unstuck.debug.lab import Lab
from unstuck.experiment import judge
from unstuck.experiment.judge import Effect, Scale
from unstuck.experiment.universes.spec import Universe
from unstuck.facts import Change


class Maker(Protocol):
    """As the laboratory makes them."""

    def __call__(self, *changes: Change, seed: int = 0, ticks: int | None = None) -> Universe:
        """The universe with these changes."""


@dataclass
class Yardstick:
    """One way of measuring."""

    words: str
    """What is measured, as it is said in reports."""
    universe: Maker
    read: Callable[[Universe], list[float]]
    share: float = 0.2
    """Last part of what is read that counts."""
    scale: Scale | None = None

    def compare(self, control: Universe, treated: Universe, scale: Scale | None = None) -> Effect | None:
        """The effect of a change, on a scale of its own if one is given; None where one of the two shows nothing."""
        before, after = self.read(control), self.read(treated)
        scale = scale or self.scale
        if not before or not after or scale is None:
            return None
        return judge.compare(before, after, scale, share=self.share)


def training_loss(lab: Lab) -> Yardstick:
    """The program's own loss on its own batches."""
    return Yardstick("training loss", lab.stream, lab.curve)


def held_out_loss(lab: Lab) -> Yardstick:
    """Of rows kept from training, at the end."""
    return Yardstick("held-out loss", lab.held_out, lab.probe_values, share=1.0)


def loss_in_eval_mode(lab: Lab) -> Yardstick:
    """Of the program's own rows, at the end, with nothing left out of the model: what it has fitted at all."""
    return Yardstick("training loss in eval mode", lab.in_eval_mode, lab.probe_values, share=1.0)


def unexplained(lab: Lab) -> Yardstick:
    """Where the change changes the goal as well (an autoencoder's inputs), losses of two scales cannot be compared."""
    return Yardstick("unexplained share of the target", partial(lab.compared, "unexplained"), lab.comparison)


def disagreement(lab: Lab) -> Yardstick:
    """Where the change turns the sign of a term, the loss is another one: are predictions and goals more alike?"""
    return Yardstick("1 − cosine to the target", partial(lab.compared, "disagreement"), lab.comparison)
