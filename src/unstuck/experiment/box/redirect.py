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
    """For a path, the one that is meant inside."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch

    def read(self, path: str) -> str:
        """As it was written inside, or else as it was before."""
        return self.scratch + path if not self._stays(path) and _kind(self.scratch + path) else path

    def listed(self, path: str) -> str:
        """A folder that was there before hides what was written into it."""
        return path if _kind(path) else self.read(path)

    def written(self, path: str) -> str:
        """In a folder that exists, here or there; in no other."""
        if self._stays(path):
            return path
        above = os.path.dirname(path)
        if stat.S_ISDIR(_kind(above)) and not _kind(self.scratch + above):
            _makedirs(self.scratch + above, exist_ok=True)
        return self.scratch + path

    def changed(self, path: str) -> str:
        """Written to, beginning with what it held before."""
        aside = self.written(path)
        if aside != path and stat.S_ISREG(_kind(path)) and not _kind(aside):
            _copy(path, aside)
        return aside

    def made(self, path: str) -> str:
        """A folder that is there already cannot be made."""
        if _kind(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        return self.written(path)

    def _stays(self, path: str) -> bool:
        return path.startswith((self.scratch, "/proc/", "/dev/"))


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
    aside = Aside(scratch)
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
        replace(module, name, functools.partial(_with_path, place=getattr(aside, method), at=position, keyword=keyword))
    for module, name in _MOVES:
        replace(module, name, functools.partial(_with_move, aside=aside))
    replace("builtins", "open", functools.partial(_with_mode, aside=aside))
    replace("os", "open", functools.partial(_with_flags, aside=aside))
    _put_everywhere(instead)
    return replaced


def _with_path(original: Call, *, place: Callable[[str], str], at: int, keyword: str) -> Call:
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is None:
            if keyword in kwargs:
                kwargs[keyword] = _placed(kwargs[keyword], place)
            elif len(args) > at:
                args = (*args[:at], _placed(args[at], place), *args[at + 1 :])
        return original(*args, **kwargs)

    return call


def _with_mode(original: Call, *, aside: Aside) -> Call:
    def open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        place = aside.written if {*"wx"} & {*mode} else aside.changed if {*"a+"} & {*mode} else aside.read
        return original(_placed(file, place), mode, *args, **kwargs)

    return open


def _with_flags(original: Call, *, aside: Aside) -> Call:
    def open(path: Any, flags: int, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is None:
            place = aside.written if flags & os.O_TRUNC else aside.changed if flags & _TO_WRITE else aside.read
            path = _placed(path, place)
        return original(path, flags, *args, **kwargs)

    return open


def _with_move(original: Call, *, aside: Aside) -> Call:
    def move(src: Any, dst: Any, **kwargs: Any) -> Any:
        found = _placed(src, aside.read)
        if found is not src and found != os.path.abspath(os.fsdecode(src)):
            dst = _placed(dst, aside.written)
        return original(found, dst, **kwargs)

    return move


def _placed(where: Any, place: Callable[[str], str]) -> Any:
    """A path, where it is meant. Open files, numbers and lists of lines stay what they are."""
    if not isinstance(where, (str, bytes, os.PathLike)):
        return where
    path = os.path.abspath(os.fsdecode(where))
    placed = place(path)
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
