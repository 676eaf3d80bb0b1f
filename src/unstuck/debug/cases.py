"""One suspicion with what was measured of it, and how it is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from unstuck.experiment.judge import Effect, Scale
from unstuck.facts import Change, Suspicion, TrialState

LEARNING_RATES = ("learning-rate-too-high", "learning-rate-too-low")
UNRELATED = "labels-unrelated-to-inputs"


@dataclass
class Case:
    """One suspicion with what was measured."""

    suspicion: Suspicion
    effect: Effect | None = None
    state: TrialState = "not-run"
    why: str = ""
    metric: str = "training loss"
    scale: Scale | None = None
    """Its own, where the common one does not hold."""
    curves: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def fault(self) -> str:
        """Slug of the suspicion."""
        return self.suspicion.fault


def replace_state(case: Case, state: TrialState, why: str) -> Case:
    """The case with its verdict."""
    case.state, case.why = state, why
    return case


def say_change(change: Change | None) -> str:
    """A change in words."""
    if change is None:
        return ""
    arguments = change.arguments
    match change.name:
        case "scale_learning_rate" | "scale_updates":
            where = f" of group {arguments['group']}" if arguments.get("group") is not None else ""
            return f"learning rate{where} ×{arguments['factor']:g}"
        case "rescale_inputs":
            return f"inputs ×{arguments['factor']:g}"
        case "bypass_call":
            target = arguments["targets"][0]
            more = f" and {len(arguments['targets']) - 1} more" if len(arguments["targets"]) > 1 else ""
            return f"{target['function']} left out" + (f" ({target['module']}{more})" if target["module"] else "")
        case "set_group_values":
            return ", ".join(f"{k}={v}" for k, v in arguments["values"].items())
        case "reinitialise" | "add_parameters":
            names = arguments["names"]
            return f"{change.name.replace('_', ' ')} {names[0]}" + (
                f" and {len(names) - 1} more" if len(names) > 1 else ""
            )
        case "answer_with_target":
            return "the opposite of the right answers instead of them"
        case name:
            return name.replace("_", " ")


def curves_of(control: Sequence[float], treated: Sequence[float]) -> dict[str, tuple[float, ...]]:
    """The two curves of a proof, to be drawn."""
    return {"as it is": thinned(control), "with the change": thinned(treated)}


def thinned(values: Sequence[float], points: int = 60) -> tuple[float, ...]:
    """At most so many points, each the mean of its stretch."""
    if len(values) <= points:
        return tuple(values)
    edges = [round(i * len(values) / points) for i in range(points + 1)]
    return tuple(sum(values[a:b]) / (b - a) for a, b in pairwise(edges))
