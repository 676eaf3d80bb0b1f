"""A program runs in our process as python itself would run it, byte for byte; what can never run is told in a sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from tests.nursery import ROOT
from unstuck.program import NotAProgram, Program

OURS = """
import sys
from unstuck.program import Program, end_as_python_would
words = sys.argv[1:]
module = words[0] == "-m"
program = Program(name=words[module], argv=tuple(words[module + 1:]), is_module=module)
try:
    program.run()
except SystemExit:
    raise
except BaseException as error:
    error.__traceback__ = error.__traceback__.tb_next  # this line's own
    end_as_python_would(error)
"""

FACTS = """
import sys
import __main__
print(__name__, __file__, __package__, __spec__ and __spec__.name, __doc__, type(__loader__).__name__)
print(__builtins__.__name__, globals().get("__annotations__"), __main__.__dict__ is globals())
print(sys.argv, sys.path[0], sorted(globals()), sys.modules["__main__"] is __main__)
"""

SCRIPTS = {
    "ends": "print('done')",
    "is empty": "",
    "tells what it knows of itself": FACTS,
    "leaves with a number": "import sys\nprint('before')\nsys.exit(3)",
    "leaves with a text": "import sys\nsys.exit('no data')",
    "leaves with nothing": "import sys\nsys.exit(None)",
    "leaves with an object": "import sys\nsys.exit([1, 2])",
    "leaves at once": "import os, sys\nsys.stdout.flush()\nos._exit(5)",
    "fails": """
        def inner(n):
            return 1 / n

        def outer():
            inner(0)

        outer()
        """,
    "fails because of another error": """
        try:
            {}["key"]
        except KeyError as error:
            raise ValueError("no such key") from error
        """,
    "fails while it handles an error": """
        def f():
            try:
                {}["key"]
            except KeyError:
                raise RuntimeError("while handling")
        f()
        """,
    "fails with a group": """
        import sys
        if sys.version_info >= (3, 11):
            raise ExceptionGroup("many", [ValueError(1), TypeError(2)])
        """,
    "fails in a module of its own": "import helper\nhelper.fail()",
    "cannot be compiled": "x = 1\ny = (\n",
    "is interrupted": "import atexit\natexit.register(print, 'bye')\ntry:\n    raise KeyboardInterrupt\nfinally:\n    print('finally')",
    "has a hook for errors": """
        import sys
        sys.excepthook = lambda kind, error, traceback: print("mine", kind.__name__, error, traceback.tb_lineno)
        raise ValueError("hooked")
        """,
    "warns": "import warnings\nwarnings.warn('careful')",
    "pickles a class of its own": """
        import pickle
        class Model:
            def __eq__(self, other):
                return type(other) is Model
        print(pickle.loads(pickle.dumps(Model())) == Model(), Model.__module__, Model.__qualname__)
        """,
    "pickles as the interpreter ends": """
        import atexit, pickle
        class Model:
            pass
        atexit.register(lambda: print(len(pickle.dumps(Model())) > 10))
        """,
    "registers handlers for its end": """
        import atexit
        class Last:
            def __del__(self):
                print("deleted")
        last = Last()
        for name in "abc":
            atexit.register(print, "handler", name)
        print("main is over")
        """,
    "has a thread that outlives it": """
        import threading, time
        def late():
            time.sleep(0.1)
            import __main__
            print("thread", __main__.late is late)
        threading.Thread(target=late).start()
        print("main is over")
        """,
    "starts processes that import it": """
        import multiprocessing
        def square(n):
            return n * n
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(square, [1, 2, 3]))
        """,
    "has data classes and type hints": """
        from __future__ import annotations
        import typing
        from dataclasses import dataclass, fields
        @dataclass
        class Options:
            rate: float = 0.1
            layers: list[int] | None = None
        count: int = 3
        print(Options(), typing.get_type_hints(Options), __annotations__, fields(Options)[0].type)
        """,
    "evaluates its annotations": "x: print('evaluated') = 1\nprint(__annotations__)",
    "reads its own source": "import inspect\ndef f():\n    return 1  # one\nprint(inspect.getsource(f))",
    "reads its input": "print(input('? '), __import__('sys').stdin.read())",
}  # fmt: skip


RUNPY = re.compile(rb'  File "<frozen runpy>", .*\n')
"""Of a module, python shows two lines of its own machinery."""


@pytest.fixture
def same(folder: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs a command line with python and with ours, and compares all that can be seen; returns what python's gave."""

    def compared(*words: str) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        alone, ours = (
            subprocess.run(
                [sys.executable, *start, *words],
                capture_output=True,
                env=environment,
                input=b"first\nsecond\n",
                check=False,
            )
            for start in ((), ("-c", OURS))
        )
        assert ours.stdout == alone.stdout
        assert ours.stderr == RUNPY.sub(b"", alone.stderr)
        assert ours.returncode == alone.returncode
        return alone

    return compared


Same = Callable[..., subprocess.CompletedProcess[bytes]]
Write = Callable[[str, str], str]


@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_can_tell_who_runs_a_script_that(name: str, same: Same, write: Write) -> None:
    write("helper.py", "def fail():\n    raise LookupError('in the helper')\n")
    same(write("train.py", SCRIPTS[name]), "--epochs", "3")


def test_the_comparison_sees_what_it_should(same: Same, write: Write) -> None:
    assert same(write("train.py", SCRIPTS["leaves with a number"])).returncode == 3
    assert same(write("train.py", SCRIPTS["leaves with a text"])).stderr == b"no data\n"
    assert same(write("train.py", SCRIPTS["is interrupted"])).returncode == -signal.SIGINT
    assert b"ZeroDivisionError" in same(write("train.py", SCRIPTS["fails"])).stderr
    assert b"True __main__ Model" in same(write("train.py", SCRIPTS["pickles a class of its own"])).stdout


def test_the_coding_of_a_script_counts(same: Same, folder: Path) -> None:
    (folder / "train.py").write_bytes("# coding: latin-1\nprint(ascii('naïve é'), 1 / 0)\n".encode("latin-1"))
    same("train.py")
    (folder / "train.py").write_bytes("\ufeffprint(ascii('naïve 漢字'))\nπ = 3\nprint(π)\n".encode())
    assert same("train.py").stdout


@pytest.mark.parametrize("path", ["sub/train.py", "link.py", "sub folder/train me.py"])
def test_a_script_may_lie_anywhere(same: Same, write: Write, folder: Path, path: str) -> None:
    for name in ("sub/train.py", "sub folder/train me.py"):
        write(name, FACTS + "\nimport beside\n1 / 0\n")
        write(f"{Path(name).parent}/beside.py", "print('beside', __file__)\n")
    (folder / "link.py").symlink_to("sub/train.py")
    assert b"beside" in same(path, "x").stdout


@pytest.mark.parametrize(
    "words",
    [
        ["-m", "package"],
        ["-m", "package", "a", "--b"],
        ["-m", "package.train", "-m", "other"],
        ["-m", "package.inner.deep"],
        ["-m", "single"],
        ["-m", "package.broken"],
        ["-m", "json.tool", "--help"],
    ],
)
def test_nobody_can_tell_who_runs_a_module(same: Same, write: Write, words: Sequence[str]) -> None:
    relative = "\nfrom . import __name__ as package\nprint(package)\n"
    for name in ("package/__init__.py", "package/inner/__init__.py"):
        write(name, "print('initialised', __name__)")
    for name in ("package/__main__.py", "package/train.py", "package/inner/deep.py"):
        write(name, dedent(FACTS) + relative)
    write("package/broken.py", "from .missing import name\n")
    write("single.py", FACTS)
    same(*words)


# -- what can never run ------------------------------------------------------------------------------------------------


def refusal(name: str, *, is_module: bool = False) -> str:
    with pytest.raises(NotAProgram) as refused:
        Program(name=name, is_module=is_module).check()
    return str(refused.value)


def test_a_script_and_a_module_are_accepted(write: Write) -> None:
    Program(name=write("train.py", "")).check()
    Program(name=write("train", "")).check()
    Program(name="package.train", is_module=True).check()


def test_a_script_that_is_missing_is_refused_with_a_near_one_where_there_is_one(write: Write) -> None:
    write("train.py", "")
    write("models/resnet.py", "")
    assert refusal("evaluate.py") == "no such script: evaluate.py"
    assert refusal("trian.py") == "no such script: trian.py (did you mean train.py?)"
    assert refusal("models/resnt.py") == "no such script: models/resnt.py (did you mean models/resnet.py?)"
    assert refusal("nowhere/train.py") == "no such script: nowhere/train.py"


def test_a_folder_is_refused_with_what_to_write_instead(write: Write) -> None:
    write("code/notes.txt", "")
    write("package/__main__.py", "")
    assert refusal("code") == "code is a folder; name the script in it"
    assert "unstuck debug -m package" in refusal("package")


def test_a_script_that_cannot_be_read_is_refused_with_the_reason(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)  # root may read everything
    assert refusal(write("train.py", "")) == "train.py cannot be read: Permission denied"


@pytest.mark.parametrize("name", ["package/train.py", "my-package", "package..train", "", "1st", ".train"])
def test_a_name_that_no_module_can_have_is_refused(name: str) -> None:
    assert refusal(name, is_module=True) == f"-m wants the name of a module such as package.train, not {name!r}"


def test_a_module_that_is_missing_is_refused_when_it_is_looked_for(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("package/__init__.py", "")
    monkeypatch.setattr(sys, "argv", [""])
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    for name in ("nowhere", "package", "package.nothing", "nowhere.train"):
        with pytest.raises(NotAProgram, match=f"no module named '{name}' that can be run"):
            Program(name=name, is_module=True).run()
    sys.modules.pop("package", None)


def test_the_words_are_what_python_would_be_given() -> None:
    assert Program(name="train.py", argv=("-x", "1")).words == ("train.py", "-x", "1")
    assert Program(name="a.b", argv=("-x",), is_module=True).words == ("-m", "a.b", "-x")
