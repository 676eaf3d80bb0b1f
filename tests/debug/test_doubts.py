"""What speaks against a verdict although its numbers are clear."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from unstuck.debug import doubts
from unstuck.debug.cases import Case
from unstuck.experiment.judge import Effect
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Change, Place, Suspicion

REWARDS = {"source": "call", "target": {"function": "from_numpy"}}
STATE = {"source": "forward", "target": None}


def batches(*means: float) -> list[dict[str, float]]:
    return [{"mean": mean, "std": 1.0, "min": -2.0, "max": 2.0} for mean in means]


def saw(leaf: dict[str, Any], role: str, *means: float) -> dict[str, Any]:
    return {"data": [{"leaf": leaf, "roles": [role], "batches": batches(*means)}]}


@dataclass
class Lab:
    """A laboratory whose universes all saw one thing."""

    scout: Result
    seen: dict[str, Any]
    asked: list[Universe] = field(default_factory=list)

    def stream(self, *changes: Change) -> Universe:
        return Universe(changes=changes)

    def watched(self) -> int:
        return 3

    def result(self, universe: Universe) -> Result:
        self.asked.append(universe)
        return Result(end="limit", record=self.seen)


def hurting(change: str = "scale_learning_rate", **more: Any) -> Case:
    suspicion = Suspicion(
        fault="learning-rate-too-high", claim="", place=Place(path="a.py"), change=Change(name=change), **more
    )
    return Case(suspicion, effect=Effect(1.0, 0.1, 0.9, 0.9, None), state="hurts")


def doubted(one: dict[str, Any], other: dict[str, Any], case: Case) -> str:
    lab = Lab(Result(end="ended", record=one), other)
    doubts.data_that_answer(lab, [case])  # type: ignore[arg-type]
    return case.state


def test_rewards_that_follow_from_what_the_model_does_prove_nothing() -> None:
    as_it_is, slower = saw(REWARDS, "target", 0.5, 0.5, 0.5), saw(REWARDS, "target", 0.5, 0.6, 0.7)
    assert doubted(as_it_is, slower, hurting()) == "undecided"
    assert doubted(as_it_is, as_it_is, hurting()) == "hurts"


def test_a_state_that_is_carried_on_is_no_task() -> None:
    assert doubted(saw(STATE, "input", 0.5, 0.5), saw(STATE, "input", 0.5, 0.9), hurting()) == "hurts"
    made = {**REWARDS, "target": {"function": "float"}}
    assert doubted(saw(made, "target", 0.5, 0.5), saw(made, "target", 0.5, 0.9), hurting()) == "hurts"


@pytest.mark.parametrize("case", [hurting("standardise_inputs"), hurting(contradicts=True)])
def test_changes_of_the_data_and_facts_are_not_doubted(case: Case) -> None:
    assert doubted(saw(REWARDS, "target", 0.5), saw(REWARDS, "target", 0.9), case) == "hurts"


@dataclass
class Remaining:
    """A laboratory of which only the budget matters."""

    seconds: float

    def left(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("used", "left", "state"), [(True, 9.0, "undecided"), (False, 9.0, "hurts"), (False, 0.0, "undecided")]
)
def test_labels_are_looked_at_again_with_what_is_odd_undone(
    monkeypatch: pytest.MonkeyPatch, used: bool, left: float, state: str
) -> None:
    asked = []
    monkeypatch.setattr(doubts.labels, "are_used", lambda lab, shuffle, other: asked.append(other.name) or used)
    unrelated = hurting("shuffle_labels", metric="worth of labels")
    unrelated.suspicion = replace(unrelated.suspicion, fault="labels-unrelated-to-inputs")
    odd, quiet = hurting("reinitialise"), hurting("scale_learning_rate", quiet=True)
    odd.state = quiet.state = "harmless"
    doubts.labels_without_what_is_odd(Remaining(left), [quiet, odd, unrelated])  # type: ignore[arg-type]
    assert unrelated.state == state
    assert asked == (["reinitialise"] if left else [])
