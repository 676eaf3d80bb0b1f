"""The small parts: numbers, excerpts, sparklines, lists."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.facts import Place, Trial
from unstuck.report.characters import cells, clean
from unstuck.report.excerpt import excerpt, source_line
from unstuck.report.layout import clip, clip_left, listing, wrap
from unstuck.report.numbers import difference, number, quantity
from unstuck.report.sparkline import draw, sparklines
from unstuck.report.tried import by_reason, effects


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (0.0, "0"),
        (-0.0, "0"),
        (2.3026, "2.30"),
        (2.3, "2.3"),
        (-1.99, "−1.99"),
        (64, "64"),
        (123456.0, "123456"),
        (12345.67, "12346"),
        (0.00213, "0.00213"),
        (3e-4, "3e-4"),
        (1.2e10, "1.2e10"),
        (math.nan, "nan"),
        (-math.inf, "−inf"),
    ],
)
def test_numbers(value, said):
    assert number(value) == said


@given(st.floats())
def test_any_number_is_short(value):
    assert len(number(value)) <= 11


def test_a_unit_sticks_to_its_number():
    assert quantity(95, "%") == "95\N{NO-BREAK SPACE}%"
    assert quantity("memory") == "memory"


@pytest.mark.parametrize(
    ("control", "treated", "said"),
    [
        (2.31, 2.30, "−0.01"),
        (2.31, 2.33, "+0.02"),
        (2.31, 2.3101, "0.00"),
        (2.31, 2.31, "0"),
        (0.0412, 0.0370, "−0.004"),
        (0.61, 0.712, "+0.10"),
        (23.9, 47.8, "+23.9"),
        (1500, 1400, "−100"),
        (1e-9, 3e-9, "+2e-9"),
        (math.nan, 0.3, "nan to 0.3"),
    ],
)
def test_differences(control, treated, said):
    assert difference(control, treated).replace("\N{NO-BREAK SPACE}", " ") == said


@given(st.floats(), st.floats())
def test_any_difference_is_said(control, treated):
    assert difference(control, treated)


def trial(change: str, control: float | None = 2.31, treated: float | None = 2.31, metric: str = "loss") -> Trial:
    return Trial(
        fault="f",
        change=change,
        place=Place(path="a.py"),
        metric=metric,
        state="harmless",
        why="",
        control=control,
        treated=treated,
    )


def test_trials_of_one_choice_stand_together():
    trials = [trial("lr 3e-3: ×0.3", treated=2.30), trial("no shuffling", treated=2.3101), trial("lr 3e-3 ×3")]
    said = [each.replace("\N{NO-BREAK SPACE}", " ") for each in effects([*trials, trial("a: b: c")])]
    assert said == ["lr 3e-3: ×0.3 −0.01, ×3 0", "no shuffling: 0.00", "a: b: c 0"]


def test_equal_effects_are_counted_and_other_metrics_named():
    trials = [trial("bias")] * 3 + [trial("augmentation", metric="held-out loss"), trial("seed", control=None)]
    said = [each.replace("\N{NO-BREAK SPACE}", " ") for each in effects(trials)]
    assert said == ["bias: 0 (3×)", "augmentation: 0 held-out loss", "seed: no effect"]


def test_a_shared_reason_is_said_once():
    reasons = [("no loader", "a"), ("", "b"), ("no loader", "c"), *(("late", f"x{i}") for i in range(9))]
    assert by_reason(reasons) == ["a, c (no loader)", "b (no reason given)", "x0, x1, x2 and 6 more (late)"]


def test_a_list_says_how_much_it_leaves_out():
    lines = [each.plain for each in listing("odd", [f"choice-{i}" for i in range(100)], 40, most=2)]
    assert lines == ["odd: choice-0 · choice-1 · choice-2 ·", "  choice-3 · choice-4 · and 95 more"]


@given(st.lists(st.text(max_size=99).map(clean), min_size=1), st.integers(40, 80), st.integers(2, 5))
def test_any_list_fits(items, width, most):
    lines = listing("head", items, width, most=most)
    assert len(lines) <= most
    assert all(cells(each.plain) <= width for each in lines)


@given(st.text().map(clean), st.integers(10, 80))
def test_wrapping_loses_nothing(text, width):
    lines = wrap(text, width, first="ab ", rest="   ")
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(f"ab {text}".split())


def test_clipping_shows():
    assert clip("abcdefgh", 8) == "abcdefgh"
    assert clip("abcdefghi", 8) == "abcde..."
    assert clip("日本語日本語", 8) == "日本..."
    assert clip_left("/home/ada/train.py", 14) == "...da/train.py"


# --- excerpts


def quote(folder, text, **place) -> list[str]:
    if isinstance(text, bytes):
        (folder / "a.py").write_bytes(text)
    else:
        (folder / "a.py").write_text(text)
    width = place.pop("width", 60)
    return [each.plain for each in excerpt(Place(path="a.py", **place), folder, width=width)]


def test_the_call_is_pointed_at(tmp_path):
    assert quote(tmp_path, "a = 1\nb = f(a)\nc = 2\n", line=2, column=(4, 8)) == [
        "  1 | a = 1",
        "  2 | b = f(a)",
        "    |     ^^^^",
        "  3 | c = 2",
    ]


def test_without_a_column_the_statement_is_pointed_at_not_its_remark(tmp_path):
    assert quote(tmp_path, "\n    b = '#'  # why\n\n", line=2) == ["  2 |     b = '#'  # why", "    |     ^^^^^^^"]


def test_a_call_over_several_lines_is_pointed_at_to_the_end_of_its_first(tmp_path):
    assert quote(tmp_path, "x = f(  # open\n  1)\n", line=1, column=(4, 4))[1] == "    |     ^^"


def test_columns_are_bytes_and_wide_characters_take_two_cells(tmp_path):
    line = "s = '日本' + f(x)"
    start = len("s = '日本' + ".encode())
    assert quote(tmp_path, line, line=1, column=(start, start + 4)) == [
        "  1 | s = '日本' + f(x)",
        "    |              ^^^^",
    ]


def test_tabs_are_four_columns(tmp_path):
    assert quote(tmp_path, "\tx = f(y)\n", line=1, column=(5, 9)) == ["  1 |     x = f(y)", "    |         ^^^^"]


def test_of_a_long_line_the_part_that_is_meant_is_shown(tmp_path):
    line = "model = Model(" + ", ".join(f"layer{i}=Linear({i}, {i})" for i in range(40)) + ")"
    start = line.index("Linear(30")
    rows = quote(tmp_path, line, line=1, column=(start, start + 14))
    assert all(len(row) <= 60 for row in rows)
    where = rows[1].index("^")
    assert rows[0][where : where + 14] == "Linear(30, 30)"
    assert rows[0].startswith("  1 | ...")
    assert rows[0].endswith("...")


@pytest.mark.parametrize(
    "text",
    [
        b"x = '\xff'\n",
        b"# coding: nonsense\nx = 1\n",
        b"x = 1\x00\n",
        b"\xef\xbb\xbfx = 1\r\ny = 2\r\n",
        b"x = 1\x0c\ny",
    ],
)
def test_files_that_are_no_clean_utf8_are_read_as_well_as_can_be(tmp_path, text):
    assert any("x =" in row for row in quote(tmp_path, text, line=1) + quote(tmp_path, text, line=2))


def test_a_declared_encoding_is_heeded(tmp_path):
    assert "  2 | x = 'é'" in quote(tmp_path, "# coding: latin-1\nx = 'é'\n".encode("latin-1"), line=2)


@pytest.mark.parametrize("path", ["", "missing.py", ".", "a\0b", "x" * 5000, "/dev/zero", "<stdin>"])
def test_what_cannot_be_read_is_not_quoted(tmp_path, path):
    assert excerpt(Place(path=path, line=1), tmp_path, width=80) == []
    assert source_line(Place(path=path, line=1), tmp_path) == ""


def test_a_line_that_is_not_there_is_not_quoted(tmp_path):
    assert quote(tmp_path, "a = 1\n\n", line=2) == []
    assert quote(tmp_path, "a = 1\n", line=9) == []
    assert quote(tmp_path, "a = 1\n") == []


@given(st.text(max_size=200), st.none() | st.tuples(st.integers(-9, 300), st.integers(-9, 300)))
def test_any_line_can_be_pointed_at(tmp_path_factory, text, column):
    folder = tmp_path_factory.getbasetemp()
    (folder / "a.py").write_bytes(text.encode(errors="replace"))
    for row in excerpt(Place(path="a.py", line=1, column=column), folder, width=50):
        assert cells(row.plain) <= 50


# --- sparklines


def test_curves_share_scale_time_and_columns():
    assert sparklines({"control": [8, 8, 8, 8], "treated": [8, 6, 3, 1]}, 60) == [
        "as it is         8 ████ 8",
        "with the change  8 █▆▃▁ 1",
    ]


def test_a_curve_that_breaks_is_drawn_broken():
    assert draw([[1, 2, math.nan, math.inf], [1, 1]], 9) == ["▁█××", "▁▁"]
    assert draw([[math.nan]], 9) == ["×"]


def test_long_curves_are_averaged():
    assert draw([[0.0] * 500 + [1.0] * 500], 4) == ["▁▁██"]


def test_an_explosion_is_drawn_in_decades():
    rows = sparklines({"as it is": [1, 10, 100, 1000, 1e4], "with the change": [1, 1, 1, 1, 1]}, 70)
    assert rows == ["as it is         1 ▁▃▅▇█ 10000  (log scale)", "with the change  1 ▁▁▁▁▁ 1      (log scale)"]


@given(st.dictionaries(st.text().map(clean), st.lists(st.floats()), max_size=4), st.integers(31, 71))
def test_any_curve_is_drawn(curves, width):
    rows = sparklines(curves, width)
    assert len(rows) == sum(map(bool, curves.values()))
