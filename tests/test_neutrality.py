"""A program that is watched, or continued in a universe that changes nothing, computes bit for bit what it computes alone."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from bench.zoo import Case, cases
from tests.nursery import Nursery
from unstuck.experiment.universes.engine import ForkEngine, FreshEngine
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Change
from unstuck.program import Program

STEPS = 24
FULL = 16
BARE = str(Path(__file__).parent / "bare.py")

KINDS = {
    "missing-zero-grad/digits_conv": "a loader, convolutions",
    "missing-zero-grad/river_gru": "recurrent",
    "dropout-too-strong/friedman_mlp": "dropout, no loader",
    "momentum-too-high/digits_rows_transformer": "attention",
    "silent-broadcast/critic_values": "a loss by hand",
    "unnormalised-inputs/weather_gru": "a project with data",
    "healthy/gan_gaussian": "two models, two losses",
    "healthy/lbfgs_fit": "a closure",
    "healthy/sam_wine": "an optimizer of its own",
    "healthy/dqn_chain": "two copies of a model, python's random numbers",
    "healthy/loader_workers": "worker processes",
    "healthy/grad_accumulation": "several backwards a step",
    "healthy/manual_sgd": "neither module nor optimizer",
}
KNOWN = {case.name: case for case in cases()}
VARIANTS = [
    (name, healthy) for name in KINDS for healthy in ((True,) if name.startswith("healthy/") else (False, True))
]


def words(case: Case) -> tuple[list[str], Program]:
    command = list(case.command)
    module = command[0] == "-m"
    name, argv = (command[1], command[2:]) if module else (command[0], command[1:])
    return command, Program(name=name, argv=tuple(argv), is_module=module)


@pytest.fixture(params=VARIANTS, ids=lambda v: f"{v[0]}-{'sound' if v[1] else 'faulty'}")
def variant(request: pytest.FixtureRequest, folder: Path) -> tuple[str, bool]:
    name, healthy = request.param
    KNOWN[name].lay_out(folder, healthy=healthy)
    return name, healthy


@functools.cache
def alone(nursery: Nursery, variant: tuple[str, bool]) -> dict[str, Any]:
    """The bare program, run once in each process of pytest."""
    command, _ = words(KNOWN[variant[0]])
    said = nursery.run(BARE, str(STEPS), *command)
    answer: dict[str, Any] = json.loads(said.rpartition(b"BARE ")[2])
    assert len(answer["losses"]) == STEPS, "the program takes fewer steps than are compared"
    return answer


def is_the_program_itself(result: Result, bare: dict[str, Any]) -> None:
    """Same losses, same weights, same random state."""
    assert result.end == "limit", result
    assert [value.hex() for value in result.values] == bare["losses"]
    seen = result.extra["fingerprint"]
    assert seen["random"] == bare["random"]
    assert not bare["weights"] or seen["weights"] in bare["weights"]


def test_a_scout_and_forked_universes_compute_what_the_program_computes(
    warm: Nursery, variant: tuple[str, bool]
) -> None:
    bare = alone(warm, variant)
    engine = ForkEngine(words(KNOWN[variant[0]])[1], cores=2)
    try:
        engine.start()
        (scout,) = engine.run([Universe(ticks=STEPS, full=FULL, states="record", fingerprint=True)])
        is_the_program_itself(scout, bare)
        control, sham, free = engine.run(
            [
                Universe(ticks=STEPS, fingerprint=True),
                Universe(ticks=STEPS, fingerprint=True, changes=(Change(name="sham"),)),
                Universe(ticks=STEPS, fingerprint=True, states="free"),
            ]
        )
    finally:
        engine.close()
    for result in (control, sham, free):
        is_the_program_itself(result, bare)


def test_a_fresh_universe_computes_what_the_program_computes(warm: Nursery, variant: tuple[str, bool]) -> None:
    bare = alone(warm, variant)
    engine = FreshEngine(words(KNOWN[variant[0]])[1], cores=2)
    try:
        engine.start()
        (scout,) = engine.run([Universe(ticks=STEPS, full=FULL, states="record", fingerprint=True)])
        (control,) = engine.run([Universe(ticks=STEPS, fingerprint=True)])
    finally:
        engine.close()
    is_the_program_itself(scout, bare)
    is_the_program_itself(control, bare)
