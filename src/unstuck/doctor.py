"""Our own health: what this machine, this Python and this torch let unstuck do.

It works when all else is broken: only the standard library is imported here, torch only inside the checks that need it,
and a check that raises says so on its own line and hides no other. What may kill or hang a process (importing a torch
whose libraries do not fit, a fork that never comes back) happens in a process of its own with a time limit.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unstuck import __version__

__all__ = ["Check", "State", "examine", "render"]

State = Literal["ok", "warning", "broken"]
Seen = tuple[State, str, str]
"""What looking gives: the state, what was found, and what to do about it (empty if nothing)."""

OLDEST_PYTHON = (3, 10)
OLDEST_TORCH = (2, 4)
NEWEST_TORCH = (2, 13)
"""The newest that our tests ran with: a newer one is no reason to worry, and worth knowing when a check fails."""

WIDTH = 80
IMPORT_SECONDS = 120.0
"""A first import of torch from a slow disk takes a minute; one that takes two is not waited for."""
FORK_SECONDS = 180.0
"""The import once more, and two children that have ten seconds each."""
LEAST_MEMORY = 2 * 2**30
"""Below this, a few universes of even a small program compete for memory."""

SEND_US = "please report it, with this page"
UNKNOWN_TORCH = f"this torch differs from those unstuck knows: {SEND_US}"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found beside what was wanted, and what to do about it."""

    name: str
    state: State
    found: str
    wanted: str
    remedy: str


@dataclass(frozen=True)
class _Probe:
    """How one check is made."""

    name: str
    wanted: str
    look: Callable[[], Seen]
    needs: str
    """The name of an earlier check without which this one would only repeat that one's trouble."""

    def examine(self) -> Check:
        """Look; an error of the looking is its result, so that the checks after it still run."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                state, found, remedy = self.look()
        except (Exception, SystemExit) as error:
            state, found, remedy = "broken", f"the check failed: {_in_words(error)}", SEND_US
        return Check(self.name, state, found, self.wanted, remedy)

    def skip(self) -> Check:
        """Say that nothing was looked at: never the same words as "nothing was found"."""
        return Check(self.name, "warning", f"not examined, because {self.needs} is broken", self.wanted, "")


_PROBES: list[_Probe] = []


def _check(name: str, *, wanted: str, needs: str = "") -> Callable[[Callable[[], Seen]], Callable[[], Seen]]:
    """Have `examine` call the function, in the order of this file."""

    def add(look: Callable[[], Seen]) -> Callable[[], Seen]:
        _PROBES.append(_Probe(name, wanted, look, needs))
        return look

    return add


def examine() -> list[Check]:
    """Look at everything once, in a few seconds; nothing here raises, and nothing is left behind."""
    checks: dict[str, Check] = {}
    for probe in _PROBES:
        needed = checks.get(probe.needs)
        broken = needed is not None and needed.state == "broken"
        checks[probe.name] = probe.skip() if broken else probe.examine()
    return list(checks.values())


# What is looked at, in the order in which it is printed.


@_check("unstuck", wanted="")
def _unstuck() -> Seen:
    """Version and folder, so that a page that was sent to us says what it is about."""
    return "ok", f"{__version__} in {Path(__file__).parent}", ""


@_check("Python", wanted="3.10 or newer")
def _python() -> Seen:
    found = f"{platform.python_version()}, {sys.executable}, {platform.platform()}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return "broken", found, "make an environment with a newer one: python3.11 -m venv .venv"
    return "ok", found, ""


@_check("torch", wanted="can be imported")
def _torch() -> Seen:
    """In a process of its own first: a torch whose libraries do not fit may end the process instead of raising."""
    child = _run_python("import torch; print(torch.__version__, torch.__file__)", IMPORT_SECONDS)
    if child.status == 0:
        return "ok", " in ".join(_last_line(child.out).split(maxsplit=1)), ""
    if child.status is None:
        return "broken", f"import torch takes more than {IMPORT_SECONDS:.0f} s", "is the disk slow or full?"
    trouble = _last_line(child.err) or f"import torch ended the process with status {child.status}"
    if "No module named 'torch'" in trouble:
        return "broken", trouble, f"install it beside unstuck: {sys.executable} -m pip install torch"
    return "broken", trouble, f"install it anew: {sys.executable} -m pip install --force-reinstall torch"


@_check("torch version", wanted="2.4 or newer", needs="torch")
def _torch_version() -> Seen:
    import torch

    found = str(torch.__version__)
    version = _version(found)
    if version < OLDEST_TORCH:
        return "broken", found, f"{sys.executable} -m pip install --upgrade torch"
    if version > NEWEST_TORCH:
        found += " (our tests ran with up to {}.{})".format(*NEWEST_TORCH)
    return "ok", found, ""


@_check("backward", wanted="every way to call it passes torch.autograd.graph._engine_run_backward", needs="torch")
def _backward() -> Seen:
    """The funnel is private to torch, and every anchor of an observation hangs on it."""
    import torch

    ways: dict[str, Callable[[Any, Any], object]] = {
        "Tensor.backward": lambda loss, weight: loss.backward(),
        "torch.autograd.backward": lambda loss, weight: torch.autograd.backward(loss),
        "torch.autograd.grad": lambda loss, weight: torch.autograd.grad(loss, weight),
    }
    unseen = [name for name, way in ways.items() if not _passes_the_funnel(way)]
    if unseen:
        return "broken", f"not seen: {', '.join(unseen)}", UNKNOWN_TORCH
    return "ok", f"seen: {', '.join(ways)}", ""


def _passes_the_funnel(way: Callable[[Any, Any], object]) -> bool:
    import torch

    calls = 0
    original: Callable[..., Any] = torch.autograd.graph._engine_run_backward

    def funnel(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        return original(*args, **kwargs)

    name = "_engine_run_backward"
    with _replaced(torch.autograd.graph, name, funnel), _replaced(torch.autograd, name, funnel):
        weight = torch.ones(2, requires_grad=True)
        way((weight * weight).sum(), weight)
    return calls == 1


@_check("optimizer hooks", wanted="fire once before and once after a step", needs="torch")
def _optimizer_hooks() -> Seen:
    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

    fired: list[str] = []
    handles = [
        register_optimizer_step_pre_hook(lambda *_: fired.append("before")),
        register_optimizer_step_post_hook(lambda *_: fired.append("after")),
    ]
    try:
        weight = torch.ones(1, requires_grad=True)
        weight.grad = torch.ones(1)
        torch.optim.SGD([weight], lr=0.1).step()
    finally:
        for handle in handles:
            handle.remove()
    found = f"fired: {', '.join(fired) or 'none'}"
    return ("ok", found, "") if fired == ["before", "after"] else ("broken", found, UNKNOWN_TORCH)


@_check("function mode", wanted="sees calls from the bottom of the stack, also after a block above it", needs="torch")
def _function_mode() -> Seen:
    """At the top it would be popped in place of the mode of a user's `with` block that began earlier."""
    import torch
    from torch.overrides import TorchFunctionMode

    seen: list[str] = []

    class Listener(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(func.__name__)
            return func(*args, **(kwargs or {}))

    before = _emptied_mode_stack()
    try:
        with torch.device("cpu"):
            _push_modes([Listener(), *_emptied_mode_stack()])
            torch.ones(1)
        torch.zeros(1)
    finally:
        _emptied_mode_stack()
        _push_modes(before)
    found = f"saw {', '.join(seen) or 'nothing'}"
    return ("ok", found, "") if seen == ["ones", "zeros"] else ("broken", found, UNKNOWN_TORCH)


def _emptied_mode_stack() -> list[Any]:
    """Take every function mode off, and give them back from the bottom up."""
    import torch

    modes = [torch._C._pop_torch_function_stack() for _ in range(torch._C._len_torch_function_stack())]
    return modes[::-1]


def _push_modes(modes: Sequence[Any]) -> None:
    import torch

    for mode in modes:
        torch._C._push_on_torch_function_stack(mode)


@_check("DataLoader", wanted="every iterator fetches through _BaseDataLoaderIter.__next__", needs="torch")
def _data_loader() -> Seen:
    from torch.utils.data import dataloader

    base = getattr(dataloader, "_BaseDataLoaderIter", None)
    if base is None or "__next__" not in vars(base):
        return "broken", "there is no such method", UNKNOWN_TORCH
    own = [kind.__name__ for kind in base.__subclasses__() if "__next__" in vars(kind)]
    if own:
        return "broken", f"{', '.join(own)} fetch on their own", UNKNOWN_TORCH
    return "ok", "it is there, and no kind of iterator replaces it", ""


_FORK = """
import os, signal, time
import torch

def use(backward):
    weight = torch.ones(300, 300, requires_grad=True)
    loss = (weight @ weight).relu().mean()
    if backward:
        loss.backward()
    return loss.item()

def work_in_child():
    torch.set_num_threads(1)
    os._exit(0 if abs(use(backward=True) - 300) < 0.01 else 3)

def fate():
    child = os.fork()
    if child == 0:
        try:
            work_in_child()
        except BaseException as error:
            print(type(error).__name__, *str(error).split(), flush=True)
            os._exit(4)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "works" if status == 0 else f"fails (status {os.waitstatus_to_exitcode(status)})"
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hangs"

for backward in (False, True):
    use(backward)
    print("fate:", fate(), flush=True)
"""
"""Forks once after a forward pass, as experiments do, and once after a backward pass, which starts further threads."""


@_check("fork", wanted="a forked copy of a process that used torch can train", needs="torch")
def _fork() -> Seen:
    """Never broken: without a fork each universe is the program started anew, which is slower and no less right."""
    slower = "experiments start the program anew each time instead, which takes longer"
    if not hasattr(os, "fork"):
        return "warning", f"{platform.system()} has no fork", slower
    child = _run_python(_FORK, FORK_SECONDS)
    lines = child.out.splitlines()
    fates = [line.removeprefix("fate: ") for line in lines if line.startswith("fate: ")]
    if fates == ["works", "works"]:
        return "ok", "works, after a forward and after a backward pass", ""
    if len(fates) != 2:
        return "warning", _last_line(child.err) or f"no answer within {FORK_SECONDS:.0f} s", slower
    found = "after a forward pass it {}, after a backward pass it {}".format(*fates)
    reasons = [line for line in lines if not line.startswith("fate: ")]
    if fates[0] == "works":
        slower = "only programs that compute a gradient before they train are started anew for each experiment"
    return "warning", ": ".join([found, *reasons[:1]]), slower


_CONTAINED = {
    "namespace": "the kernel shows it read-only folders and no network",
    "landlock": "the kernel refuses it files and connections",
}


@_check("containment", wanted="an experiment cannot write to your files or reach the network")
def _containment() -> Seen:
    try:
        box: Any = importlib.import_module("unstuck.experiment.box")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("unstuck.experiment"):
            raise
        return "warning", f"not examined: {error}", ""
    answer = box.available()
    level = answer if isinstance(answer, str) else next(iter(answer), "none")
    if level in _CONTAINED:
        return "ok", f"{level}: {_CONTAINED[level]}", ""
    found = "audit: only what Python itself opens is kept back" if level == "audit" else str(level)
    return "warning", found, "allow user namespaces (user.max_user_namespaces, seccomp of the container), or Landlock"


@_check("CUDA", wanted="torch reaches the GPUs that the machine has", needs="torch")
def _cuda() -> Seen:
    """A machine without a GPU is in order; a GPU that this torch cannot use is what the user wants to know."""
    import torch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if available:
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return "ok", f"CUDA {torch.version.cuda}: {', '.join(names)}", ""
    if not _has_nvidia_driver():
        return "ok", "no GPU: everything runs on the CPU", ""
    if torch.version.cuda is None:
        return "warning", f"an NVIDIA driver, and a torch without CUDA ({torch.__version__})", "install torch with CUDA"
    reason = str(caught[0].message).split("(")[0] if caught else "torch.cuda.is_available() is False"
    return "warning", reason, "compare the driver (nvidia-smi) with the CUDA of torch, and look at CUDA_VISIBLE_DEVICES"


def _has_nvidia_driver() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


@_check("folder .unstuck", wanted="can be written in the working folder, and holds a database")
def _folder() -> Seen:
    """A database of SQLite needs locks, which some network disks pretend to have."""
    folder = Path.cwd() / ".unstuck"
    parent = folder if folder.is_dir() else folder.parent
    if folder.exists() and not folder.is_dir():
        return "broken", f"{folder} is a file", "move it away"
    try:
        with tempfile.TemporaryDirectory(prefix=".unstuck-doctor-", dir=parent) as room:
            _write_database(Path(room) / "journal.sqlite")
    except (OSError, sqlite3.Error) as error:
        return "broken", f"{parent}: {_in_words(error)}", "start unstuck in a folder that you may write to"
    free = shutil.disk_usage(parent).free
    return "ok", f"{parent}, {_gigabytes(free)} free", ""


def _write_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=1)) as connection, connection:
        connection.execute("create table proof (number integer)")
        connection.execute("insert into proof values (1)")


@_check("cores and memory", wanted="2 cores or more, 2 GiB or more")
def _machine() -> Seen:
    """What this process may use, which in a container is less than what the machine has."""
    cores, memory = _cores(), _memory()
    found = f"{cores:g} cores" + (f", {_gigabytes(memory)} of memory available" if memory is not None else "")
    if memory is not None and memory < LEAST_MEMORY:
        return "warning", found, "give it more memory, or run one experiment at a time"
    if cores < 2:
        return "warning", found, "experiments run one after the other; give unstuck a larger --budget"
    return "ok", found, ""


def _cores() -> float:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _words("/sys/fs/cgroup/cpu.max")
    if len(quota) == 2 and quota[0].isdigit():
        return min(float(allowed), round(int(quota[0]) / int(quota[1]), 1))
    return float(allowed)


def _memory() -> int | None:
    """Bytes that can still be had, or None where the system does not say."""
    known = [int(line.split()[1]) * 1024 for line in _lines("/proc/meminfo") if line.startswith("MemAvailable:")]
    limit, used = _words("/sys/fs/cgroup/memory.max"), _words("/sys/fs/cgroup/memory.current")
    if limit and used and limit[0].isdigit():
        known.append(max(0, int(limit[0]) - int(used[0])))
    return min(known, default=None)


@_check("terminal", wanted="UTF-8, 80 columns or more")
def _terminal() -> Seen:
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    columns = shutil.get_terminal_size(fallback=(WIDTH, 24)).columns
    kind = "a terminal" if sys.stdout is not None and sys.stdout.isatty() else "no terminal"
    found = f"{encoding}, {columns} columns, {kind}"
    if not _speaks_unicode():
        return "warning", found, "reports are drawn in ASCII; set PYTHONIOENCODING=utf-8 for lines and marks"
    if columns < WIDTH:
        return "warning", found, "widen the window: reports are laid out for 80 columns"
    return "ok", found, ""


# How it is printed.

_MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "broken": "✗"}
_ASCII_MARKS: dict[State, str] = {"ok": "+", "warning": "!", "broken": "x"}


def render(checks: Sequence[Check], *, ascii_only: bool | None = None) -> str:
    """The page as plain text within 80 columns, one line for what is in order.

    Args:
        checks: what `examine` found.
        ascii_only: whether to keep to ASCII; None looks at what the standard output can encode.
    """
    ascii_only = not _speaks_unicode() if ascii_only is None else ascii_only
    marks = _ASCII_MARKS if ascii_only else _MARKS
    indent = 2 + max((len(check.name) for check in checks), default=0) + 2
    lines = [line for check in checks for line in _entry(check, marks[check.state], indent)]
    text = "\n".join([*lines, "", _counts(checks)])
    return text.encode("ascii", "replace").decode("ascii") if ascii_only else text


def _entry(check: Check, mark: str, indent: int) -> Iterator[str]:
    """What was found, after the state in words; where something can be done, also what was wanted and what to do."""
    yield from _wrapped(f"{mark} {check.name}".ljust(indent), f"{check.state}: {check.found}", indent)
    if check.remedy:
        yield from _wrapped(" " * indent, f"wanted: {check.wanted}", indent)
        yield from _wrapped(" " * indent, f"to do: {check.remedy}", indent)


def _wrapped(start: str, text: str, indent: int) -> list[str]:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return textwrap.wrap(
        plain, WIDTH, initial_indent=start, subsequent_indent=" " * (indent + 2), break_on_hyphens=False
    )


def _counts(checks: Sequence[Check]) -> str:
    states = [check.state for check in checks]
    words = {"ok": "ok", "warning": "with a warning", "broken": "broken"}
    parts = [f"{states.count(state)} {words[state]}" for state in _MARKS if state in states]
    return f"{len(checks)} checks: {', '.join(parts) or 'none'}"


# Small things that the checks share.


@dataclass(frozen=True)
class _Child:
    """What became of a process: no status if it was stopped at its time limit."""

    status: int | None
    out: str
    err: str


def _run_python(source: str, seconds: float) -> _Child:
    """Run Python code in a session of its own, which ends with everything that was started in it."""
    without_working_folder = "import sys; sys.path[:] = [p for p in sys.path if p]\n"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", without_working_folder + source],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return _Child(None, "", "")
        finally:
            _end_session(process)
    return _Child(process.returncode, out, err)


def _end_session(process: subprocess.Popen[str]) -> None:
    """Unless it has ended. A grandchild that hangs holds our pipes open: it has to go before anybody waits for them."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process.returncode is None and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _speaks_unicode() -> bool:
    """Whether the standard output can take the marks; none at all counts as yes, for a page that goes elsewhere."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        "✓✗×".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _version(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    if found is None:
        raise ValueError(f"{text!r} is no version")
    return int(found[1]), int(found[2])


def _in_words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _lines(path: str) -> list[str]:
    """The lines of a file that need not exist."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _words(path: str) -> list[str]:
    return " ".join(_lines(path)).split()


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


if __name__ == "__main__":
    print(render(examine()))
