"""Imports go one way through the house, never in a circle, and what must be quick never imports torch."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = "unstuck"
ROOMS = (
    *("facts", "program", "observe", "trace", "faults", "experiment", "journal", "guide"),
    *("start", "debug", "evaluate", "improve", "tune"),
    *("report", "integrations", "doctor", "cli"),
)
"""In the order of DESIGN.md: a room may import itself and what stands before it."""
STAGES = {"start", "debug", "evaluate", "improve", "tune"}
SURFACE, ENTRY = PACKAGE, "__main__"  # `unstuck/__init__.py` and `unstuck/__main__.py`: above all rooms
ONLY = {"report": {"facts"}, "facts": set[str]()}
"""Rooms that may know less than everything before them."""

EXCEPTIONS: frozenset[tuple[str, str]] = frozenset()
"""Imports (module, imported module) that break the order. Keep it empty: an entry is a debt with your name on it."""

LIGHT_ROOMS = {SURFACE, "facts", "report", "doctor", "cli"}
"""What `--help`, `explain`, `report`, `status` and `doctor` import before they do anything."""


@dataclass(frozen=True)
class Import:
    """One import statement, or call of `import_module` with a literal, that names something of ours."""

    module: str
    imported: str
    line: int
    for_types: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.imported}"


def modules_in(source: Path) -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((source / PACKAGE).rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(module: str, modules: Mapping[str, Path]) -> list[Import]:
    """What a module imports from the package, wherever in the file the import stands."""
    is_package = modules[module].name == "__init__.py"
    tree = ast.parse(modules[module].read_bytes(), filename=str(modules[module]))
    found = set()
    for node, for_types in nodes_of(tree):
        for name in names_imported(node, package=module if is_package else module.rpartition(".")[0], modules=modules):
            if name.split(".")[0] == PACKAGE:
                found.add(Import(module, name, node.lineno, for_types))
    return sorted(found, key=lambda one: (one.line, one.imported))


def nodes_of(node: ast.AST, for_types: bool = False) -> Iterator[tuple[ast.stmt | ast.expr, bool]]:
    """Every statement and expression below, with whether only type checkers come to it."""
    for child in ast.iter_child_nodes(node):
        guarded = for_types or (isinstance(node, ast.If) and is_type_checking(node.test) and child in node.body)
        if isinstance(child, ast.stmt | ast.expr):
            yield child, guarded
        yield from nodes_of(child, guarded)


def is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def names_imported(node: ast.AST, *, package: str, modules: Mapping[str, Path]) -> Iterator[str]:
    """Dotted names of the modules that one node imports; a name that is no module counts as its package."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = absolute(node.module or "", node.level, package)
        for alias in node.names:
            if (base, alias.name) == (PACKAGE, "__version__"):
                continue  # a constant that every room may print
            inside = f"{base}.{alias.name}"
            yield inside if inside in modules or (base == PACKAGE and alias.name in ROOMS) else base
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}:
        literals = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        for name in literals[:1]:
            yield absolute(name.lstrip("."), len(name) - len(name.lstrip(".")), package)


def absolute(name: str, level: int, package: str) -> str:
    if level == 0:
        return name
    base = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join([*base, *filter(None, [name])])


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else SURFACE


def objection(importer: str, imported: str) -> str | None:
    """Why a room may not import another; None if it may."""
    order = [*ROOMS, SURFACE, ENTRY]
    for room in (importer, imported):
        if room not in order:
            return f"there is no room {room!r}: rooms are a decision (DESIGN.md), listed in this file"
    if importer == imported:
        return None
    if importer in ONLY and imported not in ONLY[importer]:
        return f"{importer} may import {' and '.join(ONLY[importer]) or 'nothing of ours'} only"
    if order.index(imported) > order.index(importer):
        return f"{importer} comes before {imported}"
    if {importer, imported} <= STAGES:
        return "a stage knows no other stage"
    return None


def broken_rules(source: Path) -> list[str]:
    """Every import that goes the wrong way, type-only ones too: a type that is known is a room that is known."""
    modules = modules_in(source)
    return [
        f"{one}: {why}"
        for module in modules
        for one in imports_of(module, modules)
        if (module, one.imported) not in EXCEPTIONS
        and (why := objection(room_of(module), room_of(one.imported))) is not None
    ]


def first_cycle(source: Path) -> list[str]:
    """The modules along one circle of imports, in functions too; type-only imports cannot close one."""
    modules = modules_in(source)
    graph = {
        module: {one.imported for one in imports_of(module, modules) if not one.for_types and one.imported != module}
        for module in modules
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])[::-1]
    return []


def test_every_room_imports_only_what_comes_before_it() -> None:
    assert broken_rules(SOURCE) == []


def test_no_module_imports_itself_through_others() -> None:
    assert " > ".join(first_cycle(SOURCE)) == ""


def test_no_exception_outlives_its_import() -> None:
    modules = modules_in(SOURCE)
    needed = {(module, one.imported) for module in modules for one in imports_of(module, modules)}
    assert needed.issuperset(EXCEPTIONS)


LIGHT_MODULES = [name for name in modules_in(SOURCE) if room_of(name) in LIGHT_ROOMS]


def test_the_light_modules_are_found() -> None:
    """An empty list below would prove nothing."""
    assert {"unstuck", "unstuck.facts", "unstuck.doctor"} <= set(LIGHT_MODULES)


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_import_without_torch(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in sys.modules if name.split('.')[0] == 'torch'][:1])"
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small package in order, with every form of import, for the tests of these tests."""
    write(
        tmp_path,
        {
            "__init__": "__version__ = '1'",
            "__main__": "from unstuck.cli import main",
            "cli": "from unstuck import debug, doctor",
            "doctor": "from unstuck import __version__",
            "facts": "import json",
            "trace/__init__": "from .losses import x",
            "trace/losses": "from ..facts import Place\nfrom unstuck.observe import y",
            "observe/__init__": "y = 1",
            "debug/__init__": "def f():\n    import unstuck.trace.losses as l",
            "report/__init__": "from unstuck.facts import Report",
        },
    )
    return tmp_path


def write(source: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = source / PACKAGE / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_house_in_order_passes(house: Path) -> None:
    assert (broken_rules(house), first_cycle(house)) == ([], [])


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("facts", "import unstuck.program"),
        ("facts", "from . import observe"),
        ("observe/__init__", "from unstuck.faults import x"),
        ("observe/__init__", "def f():\n    from ..faults import x"),
        ("observe/__init__", "class A:\n    try:\n        import unstuck.faults.loss\n    except ImportError: ..."),
        ("observe/__init__", "if TYPE_CHECKING:\n    from unstuck.experiment import x"),
        ("observe/__init__", "import importlib\nimportlib.import_module('unstuck.cli')"),
        ("observe/__init__", "from unstuck import watch"),
        ("debug/__init__", "from unstuck.start import x"),
        ("tune/__init__", "from unstuck.debug import x"),
        ("report/__init__", "from unstuck import guide"),
        ("doctor", "from unstuck.cli import main"),
        ("attic", ""),
        ("cli", "from unstuck.attic import x"),
    ],
)
def test_an_import_in_the_wrong_direction_is_found(house: Path, module: str, text: str) -> None:
    write(house, {module: text or "from unstuck import facts"})
    (found,) = broken_rules(house)
    assert found.startswith(f"unstuck.{module.removesuffix('/__init__')}:")


def test_a_cycle_is_found_in_functions_and_not_in_types(house: Path) -> None:
    write(house, {"trace/a": "def f():\n    from unstuck.trace import b", "trace/b": "from unstuck.trace.a import f"})
    assert set(first_cycle(house)) == {"unstuck.trace.a", "unstuck.trace.b"}
    write(house, {"trace/a": "import typing\nif typing.TYPE_CHECKING:\n    from unstuck.trace import b"})
    assert first_cycle(house) == []
    write(house, {"trace/a": "if TYPE_CHECKING:\n    import os\nelse:\n    from unstuck.trace import b"})
    assert first_cycle(house) != []
