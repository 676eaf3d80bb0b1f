"""The zoo as data: every case, its two variants, what is right about it."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # python 3.10
    import tomli as tomllib  # type: ignore[no-redef]

ROOT = Path(__file__).resolve().parents[1] / "zoo"
MARKER = re.compile(r"[ \t]*#~[ \t]*(.*)$")


WHERE = {
    "learning-rate-too-high": ("optim.",),
    "learning-rate-too-low": ("optim.",),
    "momentum-too-high": ("optim.",),
    "regularisation-too-strong": ("optim.",),
    "parameters-not-in-optimizer": ("optim.",),
    "clip-too-small": ("clip_grad_",),
    "dead-relu": ("relu(", "ReLU(", "clamp("),
    "dropout-too-strong": ("ropout",),
    "detached-graph": (".detach()", ".data", "no_grad", ".numpy()"),
}
"""What the catalogue of faults names as the place (its column "where"): right beside the marked line, which may be where a
value is written (a default of argparse) and not where it acts."""


@dataclass(frozen=True)
class Case:
    """One case: `slug` is empty for a program that is sound by itself."""

    name: str
    path: Path
    slug: str
    kind: str = "plain"
    command: tuple[str, ...] = ("train.py",)
    also: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    decoys: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def half(self) -> int:
        """0: may be studied while developing; 1: only counted."""
        return hashlib.sha256(self.name.encode()).digest()[0] % 2

    def lay_out(self, folder: Path, *, healthy: bool) -> None:
        """Write the program of one variant into an empty folder, as its user has it."""
        if self.path.is_file():
            (folder / "train.py").write_text(variant(self.path.read_text(), healthy=healthy))
            return
        shutil.copytree(self.path / "program", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        for file in folder.rglob("*"):
            if file.is_file() and file.suffix in (".py", ".toml", ".json", ".ini", ".cfg", ".txt", ".yaml"):
                text = file.read_text()
                if "#~" in text:
                    file.write_text(variant(text, healthy=healthy))
        make = self.path / "make.py"
        if make.exists():
            spec = importlib.util.spec_from_file_location(f"make_{self.name.replace('/', '_')}", make)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.make(folder, healthy)

    def right_places(self) -> list[tuple[str, int]]:
        """File names and lines that are the right place."""
        files = [self.path] if self.path.is_file() else sorted((self.path / "program").rglob("*.py"))
        found = []
        for file in files:
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if "#~" in line or any(text in line for text in (*self.place, *WHERE.get(self.slug, ()))):
                    name = "train.py" if self.path.is_file() else str(file.relative_to(self.path / "program"))
                    found.append((name, number))
        return found


def variant(text: str, *, healthy: bool) -> str:
    """The faulty program (markers cut) or its healthy twin (corrections applied)."""
    lines = []
    for line in text.split("\n"):
        match = MARKER.search(line)
        if match:
            indent = line[: len(line) - len(line.lstrip())]
            line = indent + (match[1].strip() or "pass") if healthy else line[: match.start()]
        lines.append(line)
    return "\n".join(lines)


def cases(root: Path = ROOT) -> list[Case]:
    """All cases of a zoo, by name."""
    known: dict[str, dict[str, Any]] = {}
    for file in sorted((root / "cases.d").glob("*.toml")):
        for name, table in tomllib.loads(file.read_text()).items():
            known.setdefault(name, {}).update(table)
    found = []
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and p.name != "cases.d"):
        for path in sorted(folder.iterdir()):
            if path.name.startswith(("_", ".")) or not (path.suffix == ".py" or (path / "program").is_dir()):
                continue
            name = f"{folder.name}/{path.stem}"
            facts = known.get(name, {})
            healthy = folder.name == "healthy"
            found.append(
                Case(
                    name=name,
                    path=path,
                    slug="" if healthy else folder.name,
                    kind="healthy" if healthy else facts.get("kind", "plain"),
                    command=tuple(facts.get("command", ["train.py"])),
                    also=tuple(facts.get("also", ())),
                    place=tuple(facts.get("place", ())),
                    decoys=tuple(facts.get("decoys", ())),
                    extra=facts,
                )
            )
    return found
