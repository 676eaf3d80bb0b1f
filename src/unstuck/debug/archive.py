"""A diagnosis on disk: what was observed, every universe with its curve, the report. Plain JSON, no pickles.

`.unstuck/runs/<id>/` beside the script holds `observation.json`, `experiments.jsonl`, `report.json`, `traceback.txt` and
the last of what the program printed. A saved run can be judged again without running anything (`--from`), and one proof
can be repeated (`replay`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Change
from unstuck.program import Program


class NoSuchRun(Exception):
    """The run that was asked for is not there; the message is one sentence for the user."""


class Archive:
    """The folder of one run. Where it cannot be written, nothing is kept, and `folder` is None."""

    def __init__(self, program: Program) -> None:
        self.program = program
        stamp = f"{time.time_ns()} {program.words}"
        self.name = hashlib.sha256(stamp.encode()).hexdigest()[:6]
        self.folder: Path | None = program.folder / ".unstuck" / "runs" / self.name
        try:
            self.folder.mkdir(parents=True)
            ignore = program.folder / ".unstuck" / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError:
            self.folder = None

    def write(self, name: str, text: str) -> None:
        """One file of the run."""
        if self.folder is not None:
            (self.folder / name).write_text(text, encoding="utf-8", errors="replace")

    def observation(self, scout: Result, universe: Universe) -> None:
        """What the scout saw; of a program in phases, the one that was judged last, with its experiments."""
        if self.folder is not None:
            (self.folder / "experiments.jsonl").unlink(missing_ok=True)
        data = {"program": asdict(self.program), "universe": asdict(universe), "result": asdict(scout)}
        self.write("observation.json", json.dumps(data))

    def proofs(self, pairs: Iterable[tuple[Universe, Universe] | None]) -> None:
        """For each finding the two universes that prove it; nothing for a fact that was read off."""
        self.write("proofs.json", json.dumps([[asdict(u) for u in pair] if pair else [] for pair in pairs]))

    def experiments(self, pairs: Iterable[tuple[Universe, Result]]) -> None:
        """Universes with their results, one a line."""
        if self.folder is not None:
            with open(self.folder / "experiments.jsonl", "a", encoding="utf-8") as file:
                file.writelines(
                    json.dumps({"universe": asdict(universe), "result": asdict(result)}) + "\n"
                    for universe, result in pairs
                )


class Saved:
    """A run that was saved: an engine that answers from what is on disk, and runs nothing."""

    name = "saved"
    cores = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        data = _read(folder / "observation.json")
        self.program = Program(**{**data["program"], "argv": tuple(data["program"]["argv"])})
        self.scout = Result(**data["result"])
        self.results: dict[str, Result] = {}
        path = folder / "experiments.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            entry = json.loads(line)
            self.results[universe_from(entry["universe"]).key()] = Result(**entry["result"])

    @property
    def output(self) -> bytes:
        """What the program printed last."""
        path = self.folder / "output.txt"
        return path.read_bytes() if path.exists() else b""

    def start(self) -> dict[str, Any]:
        """Nothing is started."""
        return {"moment": 1}

    def advance(self, moment: int) -> None:
        """Nothing moves."""

    def run(self, universes: Iterable[Universe], done: Callable[[int], None] | None = None) -> list[Result]:
        """Results as they were saved; one that was never run is `killed`, with the reason."""
        missing = Result(end="killed", extra={"how": "it is not in the saved run"})
        return [self.results.get(universe.key(), missing) for universe in universes]

    def close(self) -> None:
        """Nothing to end."""


def find(run: str, near: Path) -> Path:
    """The folder of a run: a path, or the beginning of an id under `.unstuck/runs` here or further up.

    Raises:
        NoSuchRun: none, or more than one, is called so.
    """
    path = Path(run)
    if (path / "observation.json").exists():
        return path
    for place in [near, *near.parents]:
        runs = place / ".unstuck" / "runs"
        found = sorted(p for p in runs.glob(f"{run}*") if (p / "observation.json").exists()) if runs.is_dir() else []
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchRun(f"{len(found)} saved runs begin with {run!r}: {', '.join(p.name for p in found[:5])}")
    raise NoSuchRun(f"no saved run is called {run!r}; runs are kept in .unstuck/runs beside the script")


def universe_from(data: Mapping[str, Any]) -> Universe:
    """A universe from its plain data."""
    changes = tuple(Change(**change) for change in data["changes"])
    return Universe(**{**data, "changes": changes, "hold_out": tuple(data["hold_out"])})


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise NoSuchRun(f"{path} cannot be read: {error}") from None
    return data
