"""What many tests need: programs in folders of their own, and a warm python to run them in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.nursery import Nursery
from unstuck.experiment.universes import engine


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One for each process of pytest."""
    if not sys.platform.startswith("linux"):
        pytest.skip("universes are forked on Linux")
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def warm(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> Nursery:
    """Engines start their programs from the nursery."""
    monkeypatch.setattr(engine, "launch", nursery.launch)
    return nursery


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the working folder."""
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def write(folder: Path) -> Callable[[str, str], str]:
    """Writes a file of the program into the working folder; returns its name."""

    def written(name: str, text: str) -> str:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return name

    return written
