"""The state of all three generators goes into bytes and comes back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from unstuck.observe.generators import pack, reseed, unpack

DRAWS: dict[str, Callable[[], object]] = {
    "python": random.random,
    "python's second half of a pair": lambda: random.gauss(0.0, 1.0),
    "numpy": lambda: np.random.rand(),
    "numpy's second half of a pair": lambda: np.random.randn(),
    "torch": lambda: torch.rand(1).item(),
    "torch's permutation": lambda: torch.randperm(5).tolist(),
}
draws = st.lists(st.sampled_from(list(DRAWS)), max_size=8)


@pytest.fixture(autouse=True, scope="module")
def _state_of_the_tests() -> Iterator[None]:
    kept = pack()
    yield
    unpack(kept)


@given(draws, draws, draws, st.integers(0, 2**31))
def test_what_was_drawn_after_packing_is_drawn_again_after_unpacking(
    before: list[str], after: list[str], meanwhile: list[str], seed: int
) -> None:
    reseed(seed)
    for name in before:
        DRAWS[name]()
    packed = pack()
    first = [DRAWS[name]() for name in after]
    for name in meanwhile:
        DRAWS[name]()
    unpack(packed)
    assert pack() == packed
    assert [DRAWS[name]() for name in after] == first


@given(draws, st.integers(0, 2**40))
def test_a_seed_decides_everything(drawn: list[str], seed: int) -> None:
    reseed(seed)
    first = [DRAWS[name]() for name in drawn]
    for draw in DRAWS.values():
        draw()
    reseed(seed)
    assert [DRAWS[name]() for name in drawn] == first


def test_packing_draws_nothing() -> None:
    reseed(3)
    assert pack() == pack()


def test_nothing_comes_from_nothing() -> None:
    before = pack()
    unpack(b"")
    assert pack() == before
