"""Verdicts are functions of numbers: known answers, and what must hold for any curve."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.experiment.judge import (
    Effect,
    Scale,
    compare,
    level,
    paired_interval,
    pooled,
    single_batch,
    unrelated_stretch,
)
from unstuck.facts import SingleBatchVerdict

SCALE = Scale(base=2.0, best=0.2, bottom=0.0)
sizes = st.floats(-1e6, 1e6, allow_subnormal=False)
curves = st.lists(sizes, min_size=1, max_size=60)
pairs = st.lists(st.tuples(sizes, sizes), min_size=1, max_size=60)
anything = st.lists(st.floats(), max_size=60)


def constant(value: float, steps: int = 100) -> list[float]:
    return [value] * steps


# -- levels ------------------------------------------------------------------------------------------------------------


def test_a_level_is_the_mean_of_the_last_fifth_and_of_four_values_at_least() -> None:
    assert level([9.0] * 80 + [1.0] * 10 + [3.0] * 10) == 2.0
    assert level([9.0, 1.0, 2.0, 3.0, 4.0]) == 2.5
    assert level([3.0, 1.0]) == 2.0


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [1.0] * 50 + [math.inf], [-math.inf] * 9])
def test_the_level_of_what_is_not_finite_is_infinite(values: list[float]) -> None:
    assert level(values) == math.inf


def test_what_was_not_finite_long_ago_is_forgotten() -> None:
    assert level([math.nan] * 50 + [1.0] * 50) == 1.0


@given(curves)
def test_a_level_lies_between_the_least_and_the_largest_value(values: list[float]) -> None:
    assert min(values) - 1e-6 <= level(values) <= max(values) + 1e-6


# -- comparisons -------------------------------------------------------------------------------------------------------


def test_an_effect_is_measured_by_what_is_left_and_by_what_there_is_to_learn() -> None:
    effect = compare(constant(1.0), constant(0.2), SCALE)
    assert (effect.control, effect.treated) == pytest.approx((1.0, 0.2))
    assert effect.of_left == pytest.approx(0.8)
    assert effect.of_range == pytest.approx(0.8 / 1.8)
    assert effect.interval == pytest.approx((-0.8, -0.8))
    assert effect.cures
    assert effect.gains


def test_a_small_gain_is_no_cure_but_enough_where_a_fact_contradicts_the_intent() -> None:
    effect = compare(constant(1.0), constant(0.85), SCALE)
    assert effect.gains
    assert not effect.cures


def test_a_gain_within_the_noise_of_the_pairs_is_none() -> None:
    noise = random.Random(0)
    control = [1.0 + noise.choice((-3.0, 3.0)) for _ in range(100)]
    effect = compare(control, [value - 0.8 + noise.choice((-3.0, 3.0)) for value in control], SCALE)
    assert not effect.cures
    assert not effect.gains


def test_most_of_next_to_nothing_is_no_cure() -> None:
    assert not compare(constant(0.02), constant(0.001), Scale(base=2.0, best=0.001, bottom=0.0)).cures


@pytest.mark.parametrize("broken", [math.nan, math.inf, 1e9])
def test_a_run_that_explodes_counts_as_one_that_has_learnt_nothing(broken: float) -> None:
    worse = compare(constant(1.0), constant(broken), SCALE)
    assert worse.of_range == pytest.approx((1.0 - 2.0) / 1.8)
    assert not worse.gains
    rescued = compare(constant(broken), constant(0.2), SCALE)
    assert rescued.of_range == pytest.approx(1.0)
    assert rescued.cures


def test_curves_are_compared_as_far_as_both_go() -> None:
    assert compare(constant(1.0, 50) + constant(0.0, 50), constant(0.2, 50), SCALE).control == 1.0


@given(curves)
def test_a_curve_has_no_effect_on_itself(values: list[float]) -> None:
    effect = compare(values, values, SCALE)
    assert (effect.of_left, effect.of_range) == (0.0, 0.0)
    assert effect.interval in (None, (0.0, 0.0))
    assert not effect.cures
    assert not effect.gains


@given(anything, anything, st.floats(), st.floats(), st.floats())
def test_any_two_curves_can_be_compared(
    one: list[float], other: list[float], base: float, best: float, bottom: float
) -> None:
    effect = compare(one, other, Scale(base, best, bottom))
    assert not (effect.cures and math.isnan(effect.of_left + effect.of_range))
    assert isinstance(effect.cures, bool)


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-10, 10))
def test_what_does_no_better_neither_cures_nor_gains(control: float, treated: float, base: float) -> None:
    best = min(control, treated)
    effect = compare(constant(control), constant(treated), Scale(base=base, best=best, bottom=min(0.0, best)))
    if effect.cures or effect.gains:
        assert treated < control


# -- intervals ---------------------------------------------------------------------------------------------------------


@given(pairs)
def test_the_other_way_round_the_interval_is_mirrored(values: list[tuple[float, float]]) -> None:
    control, treated = zip(*values, strict=True)
    there, back = paired_interval(control, treated), paired_interval(treated, control)
    assert (there is None) == (back is None)
    if there and back:
        assert there == pytest.approx((-back[1], -back[0]), abs=1e-6)
        assert there[0] <= there[1]


@given(pairs, st.lists(sizes, min_size=60, max_size=60))
def test_what_both_curves_share_does_not_count(values: list[tuple[float, float]], shared: list[float]) -> None:
    control, treated = zip(*values, strict=True)
    alone = paired_interval(control, treated)
    together = paired_interval(
        [a + s for a, s in zip(control, shared, strict=False)], [b + s for b, s in zip(treated, shared, strict=False)]
    )
    assert (alone is None) == (together is None)
    if alone and together:
        assert alone == pytest.approx(together, abs=1e-3)


def test_few_or_broken_differences_give_no_interval() -> None:
    assert paired_interval(constant(1.0, 4), constant(2.0, 4)) is None
    assert paired_interval(constant(1.0), constant(math.nan)) is None


def covered(draw: Callable[[random.Random], Sequence[float]], truth: float, times: int = 1500) -> float:
    """How often the interval holds the true difference."""
    source = random.Random(7)
    hits = 0
    for _ in range(times):
        differences = draw(source)
        control = [source.gauss(0.0, 5.0) for _ in differences]
        found = paired_interval(control, [c + d for c, d in zip(control, differences, strict=True)])
        assert found is not None
        hits += found[0] <= truth <= found[1]
    return hits / times


def test_the_interval_holds_the_true_difference_in_95_of_100_cases() -> None:
    assert covered(lambda source: [source.gauss(-0.3, 1.0) for _ in range(100)], -0.3) == pytest.approx(0.95, abs=0.015)


def test_and_nearly_as_often_where_neighbouring_steps_depend_on_each_other() -> None:
    def dependent(source: random.Random) -> list[float]:
        values, last = [], 0.0
        for _ in range(400):
            last = 0.5 * last + source.gauss(0.0, 1.0)
            values.append(last - 0.3)
        return values

    assert covered(dependent, -0.3, times=800) > 0.90


# -- one batch again and again -----------------------------------------------------------------------------------------

CURVES: dict[SingleBatchVerdict, list[list[float]]] = {
    "memorised": [
        [2.3 * 0.9**i for i in range(100)],
        [0.015] * 20,
        [5.0 * 0.5**i for i in range(8)],
        [2.0 if i < 75 else 0.0 for i in range(100)],
        [1.0 - 0.05 * i for i in range(100)],
    ],
    "goes up": [
        [-1.0 + 0.005 * i for i in range(100)],
        [1.0 + 0.02 * i for i in range(100)],
        [0.5 * 1.01**i for i in range(100)],
    ],
    "explodes": [
        [2.0 * 1.5**i for i in range(40)],
        [1.0] * 50 + [math.nan] * 50,
        [1.0] * 50 + [math.inf] + [1.0] * 50,
        [0.1] * 10 + [1e6] * 30,
    ],
    "oscillates": [[0.6 if i % 2 else 1.0 for i in range(100)], [1.0 + 0.5 * math.sin(i) for i in range(100)]],
    "plateaus": [[2.3] * 100, [2.3 + 0.001 * (-1) ** i for i in range(100)], [2.3 + 2 * 0.5**i for i in range(100)]],
    "still falling": [[2.0 - 0.008 * i for i in range(100)], [2.0 * 0.99**i for i in range(100)]],
    "not run": [[], [1.0] * 7],
}


def test_every_verdict_has_its_example() -> None:
    assert set(CURVES) == set(get_args(SingleBatchVerdict))


@pytest.mark.parametrize(("verdict", "values"), [(v, values) for v, found in CURVES.items() for values in found])
def test_one_batch(verdict: SingleBatchVerdict, values: list[float]) -> None:
    judged = single_batch(values)
    assert judged.verdict == verdict
    if verdict != "not run":
        assert (judged.first, judged.steps) == (values[0], len(values))


def test_what_cannot_be_lower_is_memorised_at_its_floor() -> None:
    values = [1.0 + 2.0 * 0.9**i for i in range(100)]
    assert single_batch(values).verdict == "plateaus"
    assert single_batch(values, floor=1.0).verdict == "memorised"


@given(st.floats(0.9, 0.995), st.integers(40, 200), st.floats(0.5, 100.0))
def test_what_is_still_falling_never_plateaus(rate: float, steps: int, first: float) -> None:
    assert single_batch([first * rate**i for i in range(steps)]).verdict in ("memorised", "still falling")


@given(anything, st.floats(-1e3, 1e3))
def test_any_curve_gets_a_verdict(values: list[float], floor: float) -> None:
    judged = single_batch(values, floor=floor)
    assert judged.verdict in get_args(SingleBatchVerdict)
    assert (judged.verdict == "not run") == (len(values) < 8)


# -- rows whose labels belong to others --------------------------------------------------------------------------------


def related(place: int) -> tuple[int, float, float]:
    return place, 0.1, 1.0


def unrelated(place: int) -> tuple[int, float, float]:
    return place, 1.0 + 0.001 * (place % 2), 1.0 + 0.001 * (1 - place % 2)


def sorted_by_label(place: int) -> tuple[int, float, float]:
    return place, 1.0, 1.0


def test_a_stretch_of_rows_with_foreign_labels_is_found_where_it_is() -> None:
    rows = [unrelated(i) if 200 <= i < 300 else related(i) for i in range(800)]
    random.Random(0).shuffle(rows)
    found = unrelated_stretch(rows)
    assert found is not None
    assert (found.first, found.last) == (200, 299)
    assert found.share == pytest.approx(1 / 8)
    assert (found.inside, found.outside) == (pytest.approx(0.0, abs=0.01), pytest.approx(0.9))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [related(i) for i in range(800)],
        [unrelated(i) for i in range(800)],
        [sorted_by_label(i) if 200 <= i < 300 else related(i) for i in range(800)],
        [unrelated(i) if i % 4 == 0 else related(i) for i in range(800)],  # everywhere: no stretch
        [unrelated(i) if i < 30 else related(i) for i in range(59)],  # too few to tell
        [(-1, 1.0, 1.0)] * 800,  # nobody knows where they lie
        [(i, math.nan, 1.0) for i in range(800)],
    ],
    ids=["none", "all fine", "all foreign", "sorted", "mixed", "few", "no place", "not finite"],
)
def test_no_stretch_is_found_where_there_is_none(rows: list[tuple[int, float, float]]) -> None:
    assert unrelated_stretch(rows) is None


def effect(**values: Any) -> Effect:
    usual = {"control": 1.0, "treated": 0.5, "of_left": 0.6, "of_range": 0.4, "interval": (-0.2, -0.1), "ratio": None}
    return Effect(**{**usual, **values})


@pytest.mark.parametrize(
    ("of_left", "of_range", "cures"),
    [
        (0.6, 0.2, True),
        (0.4, 0.2, False),
        (0.1, 0.4, True),
        (0.85, 0.06, True),
        (0.85, 0.04, False),
        (0.01, 0.9, False),
    ],
)
def test_a_cure_is_large_in_what_is_left_or_in_what_there_is_to_learn(
    of_left: float, of_range: float, cures: bool
) -> None:
    assert effect(of_left=of_left, of_range=of_range).cures is cures


def test_batches_that_differ_by_factors_hide_no_effect() -> None:
    control = [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 0.2, 0.5, 200.0, 300.0]
    treated = [0.1 * v for v in control]
    seen = compare(control, treated, Scale(base=1000.0, best=0.0, bottom=0.0), share=1.0)
    assert seen.interval is not None
    assert seen.interval[1] > 0
    assert seen.clear


def test_an_effect_of_several_seeds_is_their_mean_and_clear_in_each() -> None:
    both = pooled([effect(of_range=0.4), effect(of_range=0.2)])
    assert both.of_range == pytest.approx(0.3)
    assert both.cures
    assert not pooled([effect(), effect(interval=(-0.5, 0.1))]).cures
