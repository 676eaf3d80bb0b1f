"""Each fault on its own pair, by the real command: found, at the right place, and its healthy twin silent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.quality import is_place
from bench.zoo import Case, cases
from unstuck.faults import all_faults

ROOT = Path(__file__).parents[1]
SECTIONS = (
    "What it is",
    "Why it hurts",
    "How it is found",
    "How it is proved",
    "Fails",
    "Passes",
    "Look-alikes",
    "Source",
)
ISSUE = {
    "shape-mismatch", "dtype-mismatch", "target-out-of-range", "loss-without-gradient", "softmax-before-cross-entropy",
    "silent-broadcast", "flipped-loss-sign", "missing-zero-grad", "parameters-not-in-optimizer", "detached-graph",
    "learning-rate-too-high", "learning-rate-too-low", "momentum-too-high", "clip-too-small",
    "regularisation-too-strong", "constant-initialisation", "bad-initialisation", "dead-relu", "dropout-too-strong",
    "eval-mode-in-training", "unnormalised-inputs", "over-normalised-inputs", "labels-unrelated-to-inputs",
    "misaligned-pairs", "not-shuffled", "non-finite-data",
}  # fmt: skip


def own_case(slug: str) -> Case:
    """The case that a fault's page names under "Fails"."""
    page = all_faults()[slug].page
    named = re.search(r"Fails:\s+zoo/(\S+?)(?:\.py)?\s", page)
    assert named, f"the page of {slug} names no program under Fails"
    found = [case for case in cases() if case.name == named[1]]
    assert found, f"{named[1]} is not in the zoo"
    return found[0]


def debug(case: Case, folder: Path, *, healthy: bool) -> dict[str, Any]:
    """The report of the real command on one variant."""
    case.lay_out(folder, healthy=healthy)
    command = [sys.executable, "-m", "unstuck", "debug", "--format", "json", *case.command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == (0 if healthy else 1), done.stdout[-1500:] + done.stderr[-1500:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_fault_of_the_first_issue_is_there() -> None:
    """The vocabulary is fixed."""
    assert set(all_faults()) >= ISSUE


@pytest.mark.parametrize("slug", sorted(ISSUE))
def test_the_page_is_complete(slug: str) -> None:
    """`unstuck explain` has something to say on each."""
    page = all_faults()[slug].page
    for section in SECTIONS:
        assert f"{section}:" in page, f"{slug} has no section {section}"


@pytest.mark.parametrize("slug", sorted(ISSUE))
def test_fault_is_found_at_its_place(slug: str, tmp_path: Path) -> None:
    """Rank 1, with proof, at a marked line."""
    case = own_case(slug)
    report = debug(case, tmp_path, healthy=False)
    first = report["findings"][0]
    assert first["fault"] == slug
    assert first["proof"] is not None
    places = [first["place"], *first["related"]]
    assert any(is_place(place, case.right_places()) for place in places), (places, case.right_places())


@pytest.mark.parametrize("slug", sorted(ISSUE))
def test_healthy_twin_is_silent(slug: str, tmp_path: Path) -> None:
    """The same program with its correction."""
    report = debug(own_case(slug), tmp_path, healthy=True)
    assert report["findings"] == []
    assert report["outcome"] == "healthy"
