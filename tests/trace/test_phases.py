"""Where a program's training changes hands."""

from __future__ import annotations

from typing import Any

from unstuck.trace.phases import Phase, first_phase, later_phases


def optimizer(first: int, last: int, **more: Any) -> dict[str, Any]:
    usual = {"parameters": ["a"], "steps": last - first + 1, "moment": first + 5, "repeats": False, "changes": []}
    return {"first": first, "last": last, **usual, **more}


def phases(*optimizers: dict[str, Any]) -> list[Phase]:
    return later_phases({"optimizers": list(optimizers)})


def test_one_optimizer_is_one_phase() -> None:
    assert phases(optimizer(0, 300)) == []
    assert phases() == []


def test_an_optimizer_that_takes_over_begins_a_phase() -> None:
    assert phases(optimizer(0, 99), optimizer(100, 300)) == [Phase(tick=100, moment=105)]


def test_optimizers_that_take_turns_are_no_phases() -> None:
    assert phases(optimizer(0, 300), optimizer(1, 301)) == []


def test_the_same_again_is_no_phase() -> None:
    assert phases(optimizer(0, 99), optimizer(100, 199, repeats=True)) == []


def test_a_few_steps_are_no_phase() -> None:
    assert phases(optimizer(0, 99), optimizer(100, 105)) == []


def test_a_layer_that_is_exchanged_begins_a_phase() -> None:
    swapped = optimizer(0, 300, changes=[{"tick": 160, "moment": 9}])
    assert phases(swapped) == [Phase(tick=160, moment=9)]


def test_layers_that_are_unfrozen_begin_a_phase_that_belongs_to_the_one_before() -> None:
    thawed = optimizer(0, 300, changes=[{"tick": 160, "moment": 9, "unfrozen": True}])
    assert phases(thawed) == [Phase(tick=160, moment=9, unfrozen=True)]


def test_the_first_phase_ends_where_the_second_begins() -> None:
    record = {"curve": {"channels": ["a", "b"], "which": [0, 0, 1, 1], "values": [4.0, 3.0, 2.0, 1.0]}, "model": 1}
    cut = first_phase(record, 2)
    assert cut["curve"]["values"] == [4.0, 3.0]
    assert cut["curve"]["which"] == [0, 0]
    assert cut["model"] == 1
    assert record["curve"]["values"] == [4.0, 3.0, 2.0, 1.0]
