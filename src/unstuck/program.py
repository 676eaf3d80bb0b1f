"""The user's program: a script or a module with its arguments, run exactly as python would run it.

It gets a `__main__` of its own; `runpy` would put ours back before the atexit handlers and threads of the program have
finished, and adds its frames to every traceback (compared byte for byte in 23 behaviours, see `docs/evidence.md`).
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import signal
import sys
import types
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NotAProgram", "Program"]


class NotAProgram(Exception):
    """What was given cannot be run; the message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A script (`train.py`) or a module (`-m package.train`) with the arguments that are its own."""

    name: str
    """As the user typed it."""
    argv: tuple[str, ...] = ()
    is_module: bool = False

    @property
    def folder(self) -> Path:
        """Where the user's code lives: the script's folder, or the working folder for a module."""
        return Path.cwd() if self.is_module else Path(self.name).resolve().parent

    @property
    def words(self) -> tuple[str, ...]:
        """The command line that python would be given."""
        return ("-m", self.name, *self.argv) if self.is_module else (self.name, *self.argv)

    def check(self) -> None:
        """Refuse what can never run, before anything is started.

        Raises:
            NotAProgram: no such file, a folder, unreadable, or a module's name that is none.
        """
        if self.is_module:
            if not all(part.isidentifier() for part in self.name.split(".")):
                raise NotAProgram(f"-m wants the name of a module such as package.train, not {self.name!r}")
            return
        path = Path(self.name)
        if not path.exists():
            near = _nearest(path)
            raise NotAProgram(f"no such script: {self.name}" + (f" (did you mean {near}?)" if near else ""))
        if path.is_dir():
            inside = path / "__main__.py"
            hint = f"python -m style: unstuck debug -m {path.name}" if inside.exists() else "name the script in it"
            raise NotAProgram(f"{self.name} is a folder; {hint}")
        try:
            path.read_bytes()
        except OSError as error:
            raise NotAProgram(f"{self.name} cannot be read: {error.strerror}") from None

    def run(self) -> None:
        """Run the program in this process, as `python` would, with a `__main__` of its own.

        Raises:
            SystemExit: as the program raised it; other errors propagate with our frames cut from their traceback.
        """
        main, code = self._prepare_module() if self.is_module else self._prepare_script()
        sys.modules["__main__"] = main
        try:
            exec(code, main.__dict__)
        except SystemExit:
            raise
        except BaseException as error:
            error.__traceback__ = without_our_frames(error.__traceback__)
            raise

    def _prepare_script(self) -> tuple[types.ModuleType, types.CodeType]:
        path = os.path.abspath(self.name)
        sys.argv[:] = [self.name, *self.argv]
        sys.path[0] = os.path.dirname(os.path.realpath(self.name))
        main = _new_main(path, spec=None, package=None)
        with io.open_code(path) as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        return main, code

    def _prepare_module(self) -> tuple[types.ModuleType, types.CodeType]:
        sys.argv[:] = ["-m", *self.argv]
        sys.path[0] = os.getcwd()
        spec = self._find_spec(self.name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = self._find_spec(f"{self.name}.__main__")
        loader = spec.loader if spec else None
        if spec is None or not isinstance(loader, importlib.machinery.SourceFileLoader) or spec.origin is None:
            raise NotAProgram(f"no module named {self.name!r} that can be run, seen from {os.getcwd()}")
        code = loader.get_code(spec.name)
        if code is None:
            raise NotAProgram(f"module {self.name!r} has no code")
        sys.argv[0] = spec.origin
        return _new_main(spec.origin, spec=spec, package=spec.parent), code

    def _find_spec(self, name: str) -> importlib.machinery.ModuleSpec | None:
        """None where it or a package it lies in is missing; what a package raises as it is imported is its own error."""
        try:
            return importlib.util.find_spec(name)
        except ModuleNotFoundError as error:
            if error.name is not None and f"{name}.".startswith(f"{error.name}."):
                return None
            raise


def _new_main(path: str, *, spec: importlib.machinery.ModuleSpec | None, package: str | None) -> types.ModuleType:
    main = types.ModuleType("__main__")
    main.__dict__.update(
        __file__=path,
        __builtins__=builtins,
        __spec__=spec,
        __package__=package,
        __cached__=spec.cached if spec else None,
        __loader__=spec.loader if spec else importlib.machinery.SourceFileLoader("__main__", path),
    )
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    return main


def without_our_frames(traceback: types.TracebackType | None) -> types.TracebackType | None:
    """The traceback as the program alone would show it: every frame of ours is cut, wherever it stands."""
    ours = os.path.dirname(os.path.abspath(__file__))
    kept = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(ours):
            kept.append(traceback)
        traceback = traceback.tb_next
    following = None
    for link in reversed(kept):
        following = types.TracebackType(following, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return following


def end_as_python_would(error: BaseException) -> None:
    """Show an uncaught error through the program's own excepthook and end with python's exit status."""
    error.__traceback__ = without_our_frames(error.__traceback__)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.excepthook(type(error), error, error.__traceback__)
    if isinstance(error, KeyboardInterrupt):
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    raise SystemExit(1) from None


def _nearest(path: Path) -> str | None:
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".py"]
    except OSError:
        return None
    matches = difflib.get_close_matches(path.name, names, n=1)
    return str(path.parent / matches[0]) if matches else None
