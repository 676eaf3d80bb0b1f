"""The machine and what we stand on: our version, Python, the working folder, cores and memory, the terminal."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

from unstuck import __version__
from unstuck.doctor.page import WIDTH, speaks_unicode
from unstuck.doctor.probes import Seen, check, in_words

OLDEST_PYTHON = (3, 10)
LEAST_MEMORY = 2 * 2**30
"""Below this, a few universes of even a small program compete for memory."""


@check("unstuck", wanted="")
def ourselves() -> Seen:
    """Version and folder, so that a page that was sent to us says what it is about."""
    return "ok", f"{__version__} in {Path(__file__).parents[1]}", ""


@check("Python", wanted="3.10 or newer")
def python() -> Seen:
    """Also which one, and on what system."""
    found = f"{platform.python_version()}, {sys.executable}, {platform.platform()}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return "broken", found, "make an environment with a newer one: python3.11 -m venv .venv"
    return "ok", found, ""


@check("folder .unstuck", wanted="can be written in the working folder, and holds a database")
def folder() -> Seen:
    """A database of SQLite needs locks, which some network disks pretend to have."""
    ours = Path.cwd() / ".unstuck"
    parent = ours if ours.is_dir() else ours.parent
    if ours.exists() and not ours.is_dir():
        return "broken", f"{ours} is a file", "move it away"
    try:
        with tempfile.TemporaryDirectory(prefix=".unstuck-doctor-", dir=parent) as room:
            write_database(Path(room) / "journal.sqlite")
    except (OSError, sqlite3.Error) as error:
        return "broken", f"{parent}: {in_words(error)}", "start unstuck in a folder that you may write to"
    free = shutil.disk_usage(parent).free
    return "ok", f"{parent}, {_gigabytes(free)} free", ""


def write_database(path: Path) -> None:
    """Make a table and write to it, which takes locks."""
    with contextlib.closing(sqlite3.connect(path, timeout=1)) as connection, connection:
        connection.execute("create table proof (number integer)")
        connection.execute("insert into proof values (1)")


@check("cores and memory", wanted="2 cores or more, 2 GiB or more")
def cores_and_memory() -> Seen:
    """What this process may use, which in a container is less than what the machine has."""
    cores, memory = cores_available(), memory_available()
    found = f"{cores:g} cores" + (f", {_gigabytes(memory)} of memory available" if memory is not None else "")
    if memory is not None and memory < LEAST_MEMORY:
        return "warning", found, "give it more memory, or run one experiment at a time"
    if cores < 2:
        return "warning", found, "experiments run one after the other; give unstuck a larger --budget"
    return "ok", found, ""


def cores_available() -> float:
    """Those that this process may run on, or fewer where its time on them is rationed."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _words("/sys/fs/cgroup/cpu.max")
    if len(quota) == 2 and quota[0].isdigit():
        return min(float(allowed), round(int(quota[0]) / int(quota[1]), 1))
    return float(allowed)


def memory_available() -> int | None:
    """Bytes that can still be had, or None where the system does not say."""
    known = [int(line.split()[1]) * 1024 for line in lines_of("/proc/meminfo") if line.startswith("MemAvailable:")]
    limit, used = _words("/sys/fs/cgroup/memory.max"), _words("/sys/fs/cgroup/memory.current")
    if limit and used and limit[0].isdigit():
        known.append(max(0, int(limit[0]) - int(used[0])))
    return min(known, default=None)


@check("terminal", wanted="UTF-8, 80 columns or more")
def terminal() -> Seen:
    """What reports are fitted to."""
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    columns = shutil.get_terminal_size(fallback=(WIDTH, 24)).columns
    kind = "a terminal" if sys.stdout is not None and sys.stdout.isatty() else "no terminal"
    found = f"{encoding}, {columns} columns, {kind}"
    if not speaks_unicode():
        return "warning", found, "reports are drawn in ASCII; set PYTHONIOENCODING=utf-8 for lines and marks"
    if columns < WIDTH:
        return "warning", found, "widen the window: reports are laid out for 80 columns"
    return "ok", found, ""


def lines_of(path: str) -> list[str]:
    """The lines of a file that need not exist."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _words(path: str) -> list[str]:
    return " ".join(lines_of(path)).split()


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
