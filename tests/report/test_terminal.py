from __future__ import annotations

import io
import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from unstuck.facts import Crash, Finding, Fix, Measure, Outcome, Place, Proof, Report, Rival, Trial
from unstuck.report.characters import clean
from unstuck.report.terminal import render, show

GOLDEN = Path(__file__).parent / "golden"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
often = settings(
    max_examples=int(os.environ.get("EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    deadline=None,
)


def test_examples_read_as_they_were_judged(example, root):
    """Written anew by UPDATE_GOLDEN=1, to be read in review."""
    name, report = example
    text = render(report, root=root)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


def test_examples_in_ascii_are_the_same_lines(example, root):
    name, report = example
    text = render(report, root=root, encoding="ascii")
    golden = GOLDEN / f"{name}.ascii.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text.isascii()
    assert text == golden.read_text()


@often
@given(
    width=st.sampled_from([80, 80, 80, 40, 41, 57, 100]),
    encoding=st.sampled_from(["utf-8", "ascii", "latin-1", "cp437"]),
    report=...,
)
def test_whatever_the_report_it_fits_and_commands_no_terminal(root, report: Report, width: int, encoding: str):
    text = render(report, root=root, width=width, encoding=encoding)
    lines = text.splitlines()
    assert text.endswith("\n")
    assert len(lines) == text.count("\n") <= 60
    assert max(map(cell_len, lines)) <= width
    assert {unicodedata.category(character) for character in text} - {"Cn", "Co"} <= PRINTABLE
    assert text.count("\n") == sum(unicodedata.category(character) == "Cc" for character in text)
    assert text.encode(encoding)
    assert any(line.startswith("next:") for line in lines[-3:]) == bool(clean(report.next).strip())
    painted = render(report, root=root, width=width, encoding=encoding, color=True)
    assert COLOUR.sub("", painted) == text


PRINTABLE = {a + b for a, b in ["Cc", "Zs"]} | {
    f"{kind}{detail}" for kind, details in {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "S": "mcko"}.items()
    for detail in details
}  # fmt: skip


def only(finding: Finding, **more) -> Report:
    return Report(version="0", script="train.py", argv=(), outcome="faults", findings=(finding,), **more)


def bare(**more) -> Finding:
    return Finding(**{"fault": "x", "verdict": "suspected", "claim": "c", "place": Place(path="train.py")} | more)


def test_markup_of_the_user_is_text(root):
    finding = bare(claim="[bold red]layer[/] [link=http://x]y[/link] :smile:", place=Place(path="a.py", object="[red]"))
    text = render(only(finding), root=root, color=True)
    assert "[bold red]layer[/] [link=http://x]y[/link] :smile:" in COLOUR.sub("", text)
    assert "\x1b]8" not in text


def test_escape_sequences_vanish_whole(root):
    text = render(only(bare(claim="a \x1b[31mred\x1b[0m \x1b]0;title\x07\x1b(Bname \x9b2Jend \x1b")), root=root)
    assert "suspected[x]: a red name end\n" in text


def test_escape_sequences_in_the_source_vanish(tmp_path):
    (tmp_path / "train.py").write_text("a = '\x1b[2J\u202e\x07'; b = 1\n")
    text = render(only(bare(place=Place(path="train.py", line=1, column=(14, 19)))), root=tmp_path)
    assert "  1 | a = ''; b = 1\n" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)


def test_no_more_than_sixty_lines_and_the_cut_is_said(root):
    many = tuple(bare(fault=f"fault-{i}", claim="long " * 80, rank=i) for i in range(40))
    text = render(replace(only(many[0]), findings=many), root=root)
    assert len(text.splitlines()) <= 60
    assert re.search(r"^and \d\d more findings: --format json lists them all$", text, re.MULTILINE)
    shown = text.count("suspected[")
    assert f"and {40 - shown} more findings" in text


def test_findings_stand_in_order_of_rank(root):
    findings = (bare(fault="second", rank=2), bare(fault="first", rank=1))
    text = render(replace(only(findings[0]), findings=findings), root=root)
    assert text.index("first") < text.index("second")


def test_a_long_traceback_keeps_its_start_and_its_end():
    rows = [f'  File "train.py", line {i}, in step' for i in range(200)]
    crash = Crash(
        kind="KeyError",
        message="'x'",
        traceback="\n".join(["Traceback (most recent call last):", *rows, "KeyError: 'x'"]),
        place=Place(path="train.py", line=3),
    )
    lines = render(
        Report(version="", script="train.py", argv=(), outcome="crashed", crash=crash, run=".unstuck/runs/1"), root=None
    ).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    hidden = int(re.fullmatch(r"  \.\.\. (\d+) more lines \.\.\.", lines[1]).group(1))
    assert hidden == 200 - sum(line.startswith("  File") for line in lines)
    assert "  whole traceback: .unstuck/runs/1" in lines
    assert len(lines) == 60


def test_a_crash_that_a_finding_explains_shows_the_finding_first(root):
    crash = Crash(kind="RuntimeError", message="boom\nmore", traceback="Traceback\n  x\nmore", place=Place(path="a.py"))
    text = render(replace(only(bare()), outcome="crashed", crash=crash), root=root)
    assert text.index("suspected[x]") < text.index("stopped: RuntimeError: boom\n")
    assert "Traceback" not in text


def test_no_source_is_quoted_without_a_root(root):
    finding = bare(place=Place(path="train.py", line=13))
    assert "  13 | " in render(only(finding), root=root)
    assert " | " not in render(only(finding), root=None)


def test_an_unproved_finding_says_why(root):
    trial = Trial(
        fault="x",
        change="lr: ×0.1",
        place=Place(path="train.py"),
        metric="loss",
        state="undecided",
        why="3 more seeds, 40 s",
    )
    text = render(only(bare(), tried=(trial,)), root=root)
    assert "  proof  none yet: 3 more seeds, 40 s\n" in text
    assert "undecided" not in text
    assert "  proof  none yet: no experiment decided it\n" in render(only(bare()), root=root)


def test_a_change_that_hurts_is_not_told_twice(root):
    trial = Trial(
        fault="x",
        change="lr 1: ×0.1",
        place=Place(path="train.py"),
        metric="loss",
        state="hurts",
        why="",
        control=2.0,
        treated=0.5,
    )
    assert "could be better" not in render(only(bare(), tried=(trial,)), root=root)
    assert "could be better, but no fault: lr 1: ×0.1 −1.50\n" in render(
        only(bare(fault="y"), tried=(trial,)), root=root
    )


def test_found_nothing_and_could_not_look_never_look_alike():
    report = Report(version="", script="train.py", argv=(), outcome="inconclusive")
    clear = render(replace(report, outcomes=(Outcome(fault="a", state="clear"),)), root=None)
    blind = render(replace(report, outcomes=(Outcome(fault="a", state="not-run", why="no loader"),)), root=None)
    broken = render(replace(report, outcomes=(Outcome(fault="a", state="error", why="no graph"),)), root=None)
    assert "1 fault looked for: 1 clear" in clear
    assert "no fault could be looked for: 1 not run" in blind
    assert "could not be tried: a (no loader)" in blind
    assert "went wrong in unstuck, not in your program: a (no graph)" in broken
    assert "no fault could be looked for\n" in render(report, root=None)


def test_a_fact_needs_no_experiment(root):
    finding = bare(verdict="confirmed", proof=Proof(kind="read off", change="`fc2` is in no optimizer"))
    assert "  proof  read off, no experiment needed: `fc2` is in no optimizer\n" in render(only(finding), root=root)


def test_a_fact_may_come_with_what_undoing_it_changes(root):
    proof = Proof(
        kind="read off", change="lr is 0", metric="loss", control=2.0, treated=1.0, curves={"control": (2, 2)}
    )
    text = " ".join(render(only(bare(verdict="confirmed", proof=proof)), root=root).split())
    assert (
        "proof read off, no experiment needed: lr is 0; with it mended, loss ends at 1 instead of 2 as it is 2" in text
    )


def test_a_proof_without_numbers_says_what_happened(root):
    proof = Proof(kind="experiment", change="flatten the input: the step runs", metric="crash")
    text = render(only(bare(verdict="confirmed", proof=proof)), root=root)
    assert "  proof  with one change, `flatten the input`, the step runs\n" in text


def test_what_is_left_out_is_counted(root):
    finding = bare(
        saw=tuple(Measure(name=f"m{i}", value=i) for i in range(9)),
        rivals=tuple(Rival(fault=f"r{i}", why_not="no") for i in range(9)),
        related=tuple(Place(path="train.py", line=i) for i in (1, 2, 4, 6)),
        fix=Fix(title="t", diff="\n".join(f"+line{i}" for i in range(30))),
    )
    text = render(only(finding), root=root)
    assert "         and 6 more numbers\n" in text
    assert "nor: r3 · r4" in text
    assert "  and 2 more places\n" in text
    assert "         and 21 more lines\n" in text


def test_a_long_line_of_a_diff_is_wrapped_not_cut(root):
    long = "    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate, weight_decay=0.01, fused=True)"
    text = render(only(bare(fix=Fix(title="t", diff=f"-{long[:30]}\n+{long}"))), root=root)
    assert "".join(long.split()) in "".join(text.split())
    assert "\n         + optimizer = torch" in text


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colours"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colours_unless_it_asks_for_none(monkeypatch, example, root, environment, colours):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Terminal(io.BytesIO(), encoding="utf-8")
    show(example[1], root=root, stream=stream)
    stream.flush()
    text = stream.buffer.getvalue().decode()
    assert ("\x1b[" in text) == colours
    assert COLOUR.sub("", text) == render(example[1], root=root, width=60)


def test_a_pipe_gets_plain_text_in_its_own_encoding(monkeypatch, example, root):
    monkeypatch.setenv("COLUMNS", "200")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    show(example[1], root=root, stream=stream)
    stream.flush()
    assert stream.buffer.getvalue().decode() == render(example[1], root=root, encoding="ascii")
    memory = io.StringIO()
    show(example[1], root=root, stream=memory)
    assert memory.getvalue().isascii()
