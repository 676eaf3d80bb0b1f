"""Crashes explained: each of the usual ones, and silence about those that are no fault of deep learning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from unstuck.experiment.universes.engine import ForkEngine, Stopped
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Outcome, Suspicion
from unstuck.faults import suspect
from unstuck.program import Program
from unstuck.trace import Observation

ZOO = Path(__file__).resolve().parents[2] / "zoo"
SCRIPT = Path(__file__).with_name("usual_crashes.py")
SLUGS = ("shape-mismatch", "dtype-mismatch", "target-out-of-range", "loss-without-gradient")
FULL = 16


@dataclass(frozen=True)
class Case:
    """One crash, and what must be said about it."""

    name: str
    fault: str
    says: str = ""
    object: str = ""
    change: str = ""
    line: int = 0
    """The marked one; 0 where none is."""


def cases() -> list[Case]:
    """The cases of the script, by the comments over them."""
    found: list[Case] = []
    head: list[str] = []
    line = 0
    for number, text in enumerate(SCRIPT.read_text().splitlines(), 1):
        if text.startswith("#: "):
            head, line = [word.strip() for word in text[3:].split("|")], 0
        elif "  #!" in text:
            line = number
            if found and not head:
                found[-1] = replace(found[-1], line=line)
        if head and (match := re.match(r"def (\w+)\(\):", text)):
            found.append(Case(match[1], *head, line=line))
            head = []
    return found


CASES = [case for case in cases() if case.fault != "foreign"]
FOREIGN = [case.name for case in cases() if case.fault == "foreign"]


def ask(crash: dict[str, Any]) -> tuple[list[Suspicion], list[Outcome]]:
    """What the crash faults suspect, likeliest first."""
    assert "our_error" not in crash, crash.get("our_error")
    suspicions, outcomes = suspect(Observation({}, crash))
    ours = [outcome for outcome in outcomes if outcome.fault in SLUGS]
    assert [outcome for outcome in ours if outcome.state == "error"] == []
    return [s for s in suspicions if s.fault in SLUGS], ours


def watch(engine: ForkEngine) -> Result:
    """The scout; once more with every probe on if it went far before it stopped."""
    (scout,) = engine.run([Universe(ticks=3000, full=FULL, states="record", seconds=20.0)])
    if scout.crash and scout.extra["backwards"] >= FULL:
        (scout,) = engine.run([Universe(ticks=3000, full=scout.extra["backwards"] + 2, seconds=20.0)])
    return scout


def repaired(engine: ForkEngine, scout: Result, suspicion: Suspicion) -> bool:
    """Whether a universe with the suspicion's change takes a step beyond the crash."""
    assert suspicion.change is not None
    ticks = scout.extra["backwards"] + 2
    (result,) = engine.run([Universe(changes=(suspicion.change,), ticks=ticks, full=ticks, seconds=20.0)])
    assert not result.extra.get("failures"), result.extra
    went_on = result.end in ("limit", "ended") and result.extra["backwards"] > scout.extra["backwards"]
    return went_on and any(result.hits.values())


def proved(engine: ForkEngine, scout: Result) -> Suspicion | None:
    """The first suspicion whose repair runs, else the fact that was read off."""
    assert scout.crash is not None
    for suspicion in ask(scout.crash)[0]:
        if suspicion.change is not None and repaired(engine, scout, suspicion):
            return suspicion
        if suspicion.read_off:
            return suspicion
    return None


class Bench:
    """One process, paused where training seems to begin: every case is a universe of it."""

    def __init__(self, folder: Path) -> None:
        (folder / "train.py").write_text(SCRIPT.read_text())
        self.chosen = folder / "case.txt"
        self.chosen.write_text("")
        self.engine = ForkEngine(Program(name=str(folder / "train.py"), argv=(str(self.chosen),)), cores=1)
        self.engine.start()

    def crash(self, name: str) -> Result:
        """Run one case until it stops."""
        self.chosen.write_text(name)
        result = watch(self.engine)
        assert result.end == "crashed", (result.end, result.extra)
        return result


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("crashes"))
    yield bench
    bench.engine.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_usual_crash_is_explained(bench: Bench, case: Case) -> None:
    found = proved(bench.engine, bench.crash(case.name))
    assert found is not None
    assert found.fault == case.fault
    assert case.says in found.claim
    assert re.search(r"\d", found.claim) or case.fault not in ("shape-mismatch", "target-out-of-range")
    assert found.place.object == case.object
    assert (found.change.name if found.change else "") == case.change
    assert found.place.path.endswith("train.py")
    assert case.line in (0, found.place.line)
    assert found.fix is not None
    assert found.fix.title


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_crash_raises_no_suspicion(bench: Bench, name: str) -> None:
    crash = bench.crash(name).crash
    assert crash is not None
    suspicions, outcomes = ask(crash)
    assert suspicions == []
    assert [outcome.state for outcome in outcomes] == ["clear"] * len(SLUGS)


def test_every_fix_can_be_written(bench: Bench) -> None:
    """A diff names a line of the user's, exactly as it is, and what comes in its place can be parsed."""
    import ast
    import textwrap

    lines = SCRIPT.read_text().splitlines()
    for name in ("forgot_flatten", "wrong_in_features", "channels_last", "double_input", "unlabelled", "vector_loss"):
        found = proved(bench.engine, bench.crash(name))
        assert found is not None
        assert found.fix is not None
        old, new = found.fix.diff.splitlines()
        assert old[0] == "-"
        assert old[1:] in lines
        assert new[0] == "+"
        ast.parse(textwrap.dedent(new[1:]) if not new.strip("+ ").startswith("return") else new.strip("+ ")[7:])


def test_a_program_that_runs_is_clear() -> None:
    suspicions, outcomes = suspect(Observation({}))
    assert [s for s in suspicions if s.fault in SLUGS] == []
    assert {o.state for o in outcomes if o.fault in SLUGS} == {"clear"}


@pytest.mark.parametrize("crash", [{"kind": "RuntimeError", "bases": ["RuntimeError"]}, {"kind": "OSError"}])
def test_a_bare_record_is_no_trouble(crash: dict[str, Any]) -> None:
    assert ask(crash)[0] == []


BEFORE_TRAINING = {
    "shape": ("import torch\na, b = torch.zeros(4, 3), torch.zeros(5, 2)\nx = torch.cat([a, b])\n", "4×3 and 5×2"),
    "file": ("open('labels.csv')\n", ""),
    "import": ("import nothing_of_that_name\n", ""),
}


@pytest.mark.parametrize("name", BEFORE_TRAINING)
def test_a_crash_before_training(tmp_path: Path, name: str) -> None:
    code, says = BEFORE_TRAINING[name]
    (tmp_path / "train.py").write_text(code)
    engine = ForkEngine(Program(name=str(tmp_path / "train.py")), cores=1)
    try:
        with pytest.raises(Stopped) as stopped:
            engine.start()
        suspicions, _ = ask(stopped.value.event["crash"])
        assert [s.place.line for s in suspicions] == ([3] if says else [])
        assert all(says in s.claim and s.read_off for s in suspicions)
    finally:
        engine.close()


FAULTY = [path for slug in SLUGS for path in sorted((ZOO / slug).glob("*.py"))]
RELATED = ("digits_cnn", "date_reader_4", "wine_panel")
"""What is missing lies between two lines, or has two ends: the place is one, the marked one is related."""
ELSEWHERE = ("cloth_swatches",)
"""Named rightly, and the place is another line than the marked one: still open."""


@pytest.mark.slow
@pytest.mark.parametrize("path", FAULTY, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_zoo(tmp_path: Path, path: Path) -> None:
    lines = path.read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if "#~" in line}
    (tmp_path / "train.py").write_text("\n".join(re.sub(r"\s*#~.*", "", line) for line in lines))
    engine = ForkEngine(Program(name=str(tmp_path / "train.py")), cores=1)
    try:
        engine.start()
        found = proved(engine, watch(engine))
        assert found is not None
        assert found.fault == path.parent.name
        places = [found.place, *found.related] if path.stem in RELATED else [found.place]
        assert (path.stem in ELSEWHERE) != bool(marked & {place.line for place in places})
    finally:
        engine.close()
