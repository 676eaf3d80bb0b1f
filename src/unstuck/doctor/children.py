"""Python code in a process of its own, for what may kill or hang a process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Child:
    """What became of a process: no status if it was stopped at its time limit."""

    status: int | None
    out: str
    err: str


def run_python(source: str, seconds: float) -> Child:
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
            return Child(None, "", "")
        finally:
            _end_session(process)
    return Child(process.returncode, out, err)


def _end_session(process: subprocess.Popen[str]) -> None:
    """Unless it has ended. A grandchild that hangs holds our pipes open: it has to go before anybody waits for them."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process.returncode is None and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()


def last_line(text: str) -> str:
    """Where Python says what the matter was: the last line with anything on it."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
