"""Saving, redirected: on the levels below namespaces, what a universe saves goes to its scratch folder.

`torch.save` must be redirected there because no audit hook sees it, and should be because a program that cannot write
its checkpoint ends. What was redirected is found again by the matching load.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

_SAVES = (  # module, function, position and name of the argument that says where
    ("torch", "save", 1, "f"),
    ("torch.jit", "save", 1, "f"),
    ("numpy", "save", 0, "file"),
    ("numpy", "savez", 0, "file"),
    ("numpy", "savez_compressed", 0, "file"),
    ("numpy", "savetxt", 0, "fname"),
    ("safetensors.torch", "save_file", 1, "filename"),
)
_LOADS = (
    ("torch", "load", 0, "f"),
    ("torch.jit", "load", 0, "f"),
    ("numpy", "load", 0, "file"),
    ("numpy", "loadtxt", 0, "fname"),
    ("safetensors.torch", "load_file", 0, "filename"),
)

_MARK = "__unstuck_redirected__"


def redirect_saves(scratch: str) -> list[str]:
    """Redirect those of the known functions that are loaded, also where a module has imported them by name.

    May be called again when more has been imported. Returns the names of the functions replaced.
    """
    replaced = []
    for table, place in ((_SAVES, _aside), (_LOADS, _found)):
        for module, name, position, keyword in table:
            original = getattr(sys.modules.get(module), name, None)
            if original is not None and not hasattr(original, _MARK):
                _replace(name, original, _redirected(original, position, keyword, functools.partial(place, scratch)))
                replaced.append(f"{module}.{name}")
    return replaced


def _redirected(
    original: Callable[..., Any], position: int, keyword: str, place: Callable[[str], str]
) -> Callable[..., Any]:
    @functools.wraps(original)
    def instead(*args: Any, **kwargs: Any) -> Any:
        if keyword in kwargs:
            kwargs[keyword] = _moved(kwargs[keyword], place)
        elif len(args) > position:
            args = (*args[:position], _moved(args[position], place), *args[position + 1 :])
        return original(*args, **kwargs)

    setattr(instead, _MARK, True)
    return instead


def _moved(where: Any, place: Callable[[str], str]) -> Any:
    """Open files and lists of lines stay what they are."""
    return place(os.path.abspath(os.fsdecode(where))) if isinstance(where, (str, bytes, os.PathLike)) else where


def _aside(scratch: str, path: str) -> str:
    if path.startswith(scratch + "/"):
        return path
    aside = scratch + path
    os.makedirs(os.path.dirname(aside), exist_ok=True)
    return aside


def _found(scratch: str, path: str) -> str:
    return scratch + path if os.path.exists(scratch + path) else path


def _replace(name: str, original: Callable[..., Any], instead: Callable[..., Any]) -> None:
    """In every module that calls it by this name: `from torch import save` keeps the function itself."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if isinstance(names, dict) and names.get(name) is original:
            names[name] = instead
