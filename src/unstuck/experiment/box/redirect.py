"""Where nothing is copied on write by the kernel: send what is written to the scratch folder, by replacing functions.

On the levels below namespaces a program that cannot write its log or its checkpoint would simply end. So the usual ways
of writing go to the same path below the scratch folder, and the usual ways of reading look there first. What must not
be missed is refused behind this (see landlock.py and audit.py), so this needs to know the common ways only. What it
cannot do: remove or move what was there before, and list new files beside old ones.
"""

from __future__ import annotations

import errno
import functools
import os
import shutil
import stat
import sys
from collections.abc import Callable
from typing import Any

_stat, _makedirs, _copy = os.stat, os.makedirs, shutil.copyfile

_ONE_PATH = (  # module, function, position and name of the argument that says where, and the method of Aside for it
    ("torch", "save", 1, "f", "written"),
    ("torch", "load", 0, "f", "read"),
    ("torch.jit", "save", 1, "f", "written"),
    ("torch.jit", "load", 0, "f", "read"),
    ("numpy", "save", 0, "file", "written"),
    ("numpy", "savez", 0, "file", "written"),
    ("numpy", "savez_compressed", 0, "file", "written"),
    ("numpy", "savetxt", 0, "fname", "written"),
    ("numpy", "load", 0, "file", "read"),
    ("numpy", "loadtxt", 0, "fname", "read"),
    ("safetensors.torch", "save_file", 1, "filename", "written"),
    ("safetensors.torch", "load_file", 0, "filename", "read"),
    ("os", "mkdir", 0, "path", "made"),
    ("os", "stat", 0, "path", "read"),
    ("os", "lstat", 0, "path", "read"),
    ("os", "access", 0, "path", "read"),
    ("os", "listdir", 0, "path", "listed"),
    ("os", "scandir", 0, "path", "listed"),
    ("os", "chmod", 0, "path", "read"),
    ("os", "utime", 0, "path", "read"),
    ("os", "remove", 0, "path", "read"),
    ("os", "unlink", 0, "path", "read"),
    ("os", "rmdir", 0, "path", "read"),
)
_MOVES = (("os", "rename"), ("os", "replace"))

_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND

_MARK = "__unstuck_redirected__"

Call = Callable[..., Any]


class Aside:
    """For a path, the one that is meant inside. In a box within a box, what is not here may be aside there."""

    def __init__(self, scratch: str, outer: Aside | None = None) -> None:
        self.scratch = scratch
        self._outer = outer

    def read(self, path: str) -> str:
        """As it was written inside, or else as it was before."""
        if self._stays(path):
            return path
        if _kind(self.scratch + path):
            return self.scratch + path
        return self._outer.read(path) if self._outer else path

    def listed(self, path: str) -> str:
        """A folder that was there before hides what was written into it."""
        return path if _kind(path) else self.read(path)

    def written(self, path: str) -> str:
        """In a folder that exists, here or there; in no other."""
        if self._stays(path):
            return path
        above = os.path.dirname(path)
        if stat.S_ISDIR(_kind(self.read(above))) and not _kind(self.scratch + above):
            _makedirs(self.scratch + above, exist_ok=True)
        return self.scratch + path

    def changed(self, path: str) -> str:
        """Written to, beginning with what it held before."""
        before, aside = self.read(path), self.written(path)
        if aside != before and stat.S_ISREG(_kind(before)):
            _copy(before, aside)
        return aside

    def made(self, path: str) -> str:
        """A folder that is there already cannot be made."""
        if _kind(self.read(path)):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        return self.written(path)

    def _stays(self, path: str) -> bool:
        return path.startswith((self.scratch, "/proc/", "/dev/"))


_aside = Aside("")


def _kind(path: str) -> int:
    """The type of what is there, 0 if nothing is."""
    try:
        return _stat(path).st_mode
    except (OSError, ValueError):
        return 0


def redirect(scratch: str) -> list[str]:
    """Replace the functions above as far as their modules are loaded, also where they were imported by name.

    May be called again when more has been imported. Returns the names of what was replaced.
    """
    global _aside
    if _aside.scratch != scratch:
        _aside = Aside(scratch, _aside if _aside.scratch else None)
    instead: dict[str, list[tuple[Call, Call]]] = {}
    replaced = []

    def replace(module: str, name: str, make: Callable[[Call], Call]) -> None:
        original = getattr(sys.modules.get(module), name, None)
        if original is not None and not hasattr(original, _MARK):
            function = functools.wraps(original)(make(original))
            setattr(function, _MARK, True)
            instead.setdefault(name, []).append((original, function))
            replaced.append(f"{module}.{name}")

    for module, name, position, keyword, method in _ONE_PATH:
        replace(module, name, functools.partial(_with_path, at=position, keyword=keyword, method=method))
    for module, name in _MOVES:
        replace(module, name, _with_move)
    replace("builtins", "open", _with_mode)
    replace("os", "open", _with_flags)
    _put_everywhere(instead)
    return replaced


def _with_path(original: Call, *, at: int, keyword: str, method: str) -> Call:
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is None:
            if keyword in kwargs:
                kwargs[keyword] = _placed(kwargs[keyword], method)
            elif len(args) > at:
                args = (*args[:at], _placed(args[at], method), *args[at + 1 :])
        return original(*args, **kwargs)

    return call


def _with_mode(original: Call) -> Call:
    def open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        method = "written" if {*"wx"} & {*mode} else "changed" if {*"a+"} & {*mode} else "read"
        return original(_placed(file, method), mode, *args, **kwargs)

    return open


def _with_flags(original: Call) -> Call:
    def open(path: Any, flags: int, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is None:
            method = "written" if flags & os.O_TRUNC else "changed" if flags & _TO_WRITE else "read"
            path = _placed(path, method)
        return original(path, flags, *args, **kwargs)

    return open


def _with_move(original: Call) -> Call:
    def move(src: Any, dst: Any, **kwargs: Any) -> Any:
        found = _placed(src, "read")
        return original(found, dst if found is src else _placed(dst, "written"), **kwargs)

    return move


def _placed(where: Any, method: str) -> Any:
    """A path, where it is meant. Open files, numbers and lists of lines stay what they are."""
    if not isinstance(where, (str, bytes, os.PathLike)):
        return where
    path = os.path.abspath(os.fsdecode(where))
    placed = getattr(_aside, method)(path)
    return where if placed == path else os.fsencode(placed) if isinstance(where, bytes) else placed


def _put_everywhere(instead: dict[str, list[tuple[Call, Call]]]) -> None:
    """Into every module that calls a function by its usual name; Python 3.10's pathlib keeps some in a class."""
    for module in list(sys.modules.values()):
        names: Any = getattr(module, "__dict__", None)
        if not isinstance(names, dict):
            continue
        for name in instead.keys() & names.keys():
            for original, function in instead[name]:
                if names[name] is original:
                    names[name] = function
    accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)
    for name, pairs in instead.items():
        for original, function in pairs:
            if getattr(accessor, name, None) is original:
                setattr(accessor, name, staticmethod(function))
