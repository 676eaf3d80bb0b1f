"""The optimizers: their settings, and how often each stepped."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.trace.places import place
from unstuck.trace.record import Data


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimizer as it was built, with its learning rate over time."""

    kind: str
    place: Place
    groups: tuple[Data, ...]
    parameters: tuple[str, ...]
    steps: int
    step_place: Place
    """The line that takes the first step."""
    rates: tuple[tuple[int, float], ...]

    @property
    def momentum(self) -> float:
        """Momentum, or Adam's first beta."""
        group = self.groups[0] if self.groups else {}
        return float(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))

    @property
    def rate(self) -> float:
        """The learning rate of the first step; the highest of a schedule that starts at zero."""
        if self.rates:
            return self.rates[0][1] or max(rate for _, rate in self.rates)
        return float(self.groups[0].get("lr", 0.0)) if self.groups else 0.0


@dataclass(frozen=True, kw_only=True)
class Optimizers:
    """All optimizers, those that step first."""

    all: tuple[Optimizer, ...]

    @classmethod
    def read(cls, data: list[Data]) -> Optimizers:
        """From the record of the probe `optimizers`."""
        read = [
            Optimizer(
                kind=o["kind"],
                place=place(o["site"]),
                groups=tuple(o["groups"]),
                parameters=tuple(o["parameters"]),
                steps=o["steps"],
                step_place=place(o["step"]),
                rates=tuple((int(t), float(r)) for t, r in o["rates"]),
            )
            for o in data
        ]
        return cls(all=tuple(read))

    @property
    def stepping(self) -> tuple[Optimizer, ...]:
        """Those that took a step."""
        return tuple(o for o in self.all if o.steps)

    @property
    def main(self) -> Optimizer | None:
        """The one that steps most."""
        return max(self.stepping, key=lambda o: (o.steps, len(o.parameters)), default=None)
