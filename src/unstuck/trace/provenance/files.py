"""The user's source files, parsed once: parents of nodes, imports that lead to other files of the user, calls by name."""

from __future__ import annotations

import ast
import copy
import os
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Block = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
"""What names live in."""
LARGEST = 1_000_000
MOST_FILES = 60
MOST_TEXT = 1_500_000
"""Characters of source that are read to find who calls what."""


class File:
    """One parsed file."""

    def __init__(self, path: str, tree: ast.Module, size: int = 0) -> None:
        self.path = path
        self.tree = tree
        self.size = size
        self._nth: dict[tuple[ast.AST, int], ast.expr] = {}

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """Calls by the last part of the name of what is called, in the order of the text."""
        found: dict[str, list[ast.Call]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                found[last_name(node.func)].append(node)
        return {name: sorted(calls, key=lambda c: (c.lineno, c.col_offset)) for name, calls in found.items()}

    @cached_property
    def modules(self) -> frozenset[str]:
        """Names that stand for modules: `np`, `torch`, `F`."""
        plain = {
            (a.asname or a.name.split(".")[0])
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import)
            for a in node.names
        }
        named = {
            (a.asname or a.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for a in node.names
            if a.name in ("nn", "optim", "functional", "transforms", "datasets", "data", "utils", "v2", "random")
        }
        return frozenset(plain | named)

    def nth(self, comprehension: ast.ListComp | ast.GeneratorExp, index: int) -> ast.expr | None:
        """`[f(p) for p in parts][1]` is `f(parts[1])`; None where it goes through more than one name or leaves some out."""
        generator = comprehension.generators[0]
        columns = isinstance(generator.iter, (ast.Name, ast.Attribute, ast.Tuple, ast.List))
        plain = len(comprehension.generators) == 1 and not generator.ifs and isinstance(generator.target, ast.Name)
        if not columns or not plain:
            return None
        if (comprehension, index) not in self._nth:
            element: ast.expr = _OfName(generator, index).visit(copy.deepcopy(comprehension.elt))
            self.parents.update({child: node for node in ast.walk(element) for child in ast.iter_child_nodes(node)})
            self.parents[element] = self.parents[comprehension]
            self._nth[comprehension, index] = element
        return self._nth[comprehension, index]

    def block_of(self, node: ast.AST) -> Block:
        """The innermost function or module around a node (of a function: the one around it)."""
        at = self.parents.get(node)
        while at is not None and not isinstance(at, Block):
            at = self.parents.get(at)
        return at if isinstance(at, Block) else self.tree

    def class_of(self, function: ast.AST) -> ast.ClassDef | None:
        """The class whose method a function is."""
        parent = self.parents.get(function)
        return parent if isinstance(parent, ast.ClassDef) else None

    def node_at(self, line: int, column: tuple[int, int] | None) -> ast.expr | None:
        """The expression that stands at a place: by its columns; without columns the outermost call that begins there."""
        on_line = [n for n in ast.walk(self.tree) if isinstance(n, ast.expr) and n.lineno == line]
        if column is not None:
            exact = [n for n in on_line if (n.col_offset, n.end_col_offset) == column]
            begun = [n for n in on_line if n.col_offset == column[0]]
            for found in (exact, [n for n in begun if isinstance(n, ast.Call)], begun):
                if found:
                    return found[0]
        calls = [n for n in on_line if isinstance(n, (ast.Call, ast.Subscript))]
        return min(calls, key=lambda n: n.col_offset, default=None)


class _OfName(ast.NodeTransformer):
    """Puts an element of what a comprehension goes through in the place of its name."""

    def __init__(self, generator: ast.comprehension, index: int) -> None:
        self.name = getattr(generator.target, "id", "")
        self.container = generator.iter
        self.index = index

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id != self.name:
            return node
        index = ast.copy_location(ast.Constant(self.index), node)
        made = ast.Subscript(copy.deepcopy(self.container), index, ast.Load())
        return ast.copy_location(made, node)


class Project:
    """The files of one program that have been looked at, found from the few that are known."""

    def __init__(self, seeds: Iterable[str]) -> None:
        self.seeds = [os.path.abspath(path) for path in seeds]
        self._files: dict[str, File | None] = {}
        self._named: dict[str, list[tuple[File, ast.Call]]] = {}

    def file(self, path: str) -> File | None:
        """A file, parsed; None where it is missing, too large, or not Python that we can read."""
        path = os.path.abspath(path)
        if path not in self._files:
            self._files[path] = parse(path)
        return self._files[path]

    def module(self, name: str, level: int, importer: File) -> File | None:
        """The user's file that an import leads to; None for a library."""
        for root in self._roots(level, importer):
            base = os.path.join(root, *filter(None, name.split(".")))
            for path in (f"{base}.py", os.path.join(base, "__init__.py")):
                if os.path.isfile(path):
                    return self.file(path)
        return None

    def _roots(self, level: int, importer: File) -> list[str]:
        folder = os.path.dirname(importer.path)
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return [folder]
        here = os.getcwd()
        above = [folder]
        while above[-1].startswith(here + os.sep):
            above.append(os.path.dirname(above[-1]))
        return list(dict.fromkeys([*above, *map(os.path.dirname, self.seeds), here, os.path.join(here, "src")]))

    @cached_property
    def everything(self) -> list[File]:
        """The known files, those beside them, and what they import, as far as it is the user's."""
        paths = list(dict.fromkeys([*self.seeds, *(p for seed in self.seeds for p in _beside(seed))]))
        found: dict[str, File] = {}
        left = MOST_TEXT
        while paths and len(found) < MOST_FILES and left > 0:
            file = self.file(paths.pop(0))
            if file is None or file.path in found:
                continue
            found[file.path] = file
            left -= file.size
            paths += [f.path for f in self._imported(file) if f.path not in found]
        return list(found.values())

    def _imported(self, file: File) -> Iterator[File]:
        for node in ast.walk(file.tree):
            names: list[tuple[str, int]] = []
            if isinstance(node, ast.Import):
                names = [(a.name, 0) for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = f"{node.module}." if node.module else ""
                names = [(node.module or "", node.level), *((base + a.name, node.level) for a in node.names)]
            for name, level in names:
                if (name or level) and (found := self.module(name, level, file)):
                    yield found

    def calls_of(self, name: str) -> list[tuple[File, ast.Call]]:
        """Every call of something of that name in the user's files."""
        if name not in self._named:
            self._named[name] = [(file, call) for file in self.everything for call in file.calls.get(name, ())]
        return self._named[name]


def parse(path: str) -> File | None:
    """A file, or None where it cannot be read as Python."""
    try:
        if os.path.getsize(path) > LARGEST:
            return None
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = stream.read()
            return File(path, ast.parse(text), len(text))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _beside(path: str) -> list[str]:
    folder = os.path.dirname(path)
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names[:MOST_FILES]]


def last_name(node: ast.AST) -> str:
    """`DataLoader` of `torch.utils.data.DataLoader`; empty for what has no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """`self.data.x` as text; empty for anything but names and attributes."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def parameters(function: Block) -> list[str]:
    """Names of a function's parameters in order."""
    if isinstance(function, ast.Module):
        return []
    a = function.args
    every = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs, *([a.kwarg] if a.kwarg else [])]
    return [p.arg for p in every]
