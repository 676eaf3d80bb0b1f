"""The process that answers for a universe: it stays outside the box, and lets nothing of the universe outlive it.

In its own PID namespace a universe is process 1, so that the kernel kills everything with it; a supervisor that may
fork it there directly needs no keeper. Elsewhere the keeper is the one that orphans fall to, and it ends only when none
is left. If the supervisor dies, the kernel tells the keeper; if the keeper dies, the kernel kills the universe.

Process 1 has two peculiarities: signals that it sends to itself are ignored unless it handles them (a fault of its own
still kills it; abort() ends as a segmentation fault), and its number is always 1.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
import warnings
from typing import NoReturn

from unstuck.experiment.box import kernel, scratch

_KEEPER = "unstuck-keeper"
_CORE_NOT_EVEN_PIPED = 1  # RLIMIT_CORE of one byte: with 0 a crash would still reach the host's crash reporter

if sys.platform != "win32":
    import resource


def quiet_fork() -> int:
    """os.fork without the warning that Python 3.12 and later give for a parent with threads.

    torch asks for its number of threads in every child, and if that is its first question the answer starts a thread
    there. Asked here first, it does not.
    """
    if hasattr(torch := sys.modules.get("torch"), "get_num_threads"):
        torch.get_num_threads()  # type: ignore[union-attr]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def threads() -> int:
    """How many threads this process has. What runs in a child at the fork may have started one."""
    return len(os.listdir("/proc/self/task"))


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; at once, if that has happened already."""
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def stay_behind() -> None:
    """Fork: this process becomes the keeper and never returns, its child does, in a session of its own."""
    supervisor = os.getppid()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    on_child = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would take the wait status away
    alive, held = os.pipe()
    child = quiet_fork()
    if child:
        _keep(child, supervisor, held)
    os.close(held)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL if on_child is None else on_child)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    begin()
    if select.select([alive], [], [], 0)[0]:  # the keeper's end is closed: it was gone before we asked
        os._exit(1)
    os.close(alive)


def begin() -> None:
    """Live in a session of its own, die with the parent and before anybody if memory runs out, and leave no core."""
    os.setsid()
    kernel.die_with_parent(signal.SIGKILL)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="utf-8") as score:
        score.write("1000")
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (_CORE_NOT_EVEN_PIPED, _CORE_NOT_EVEN_PIPED))


def _keep(child: int, supervisor: int, held: int) -> NoReturn:
    """Wait for the universe or the word to end it, end what is left of it, and end as it ended."""
    try:
        kernel.set_name(_KEEPER)
        kernel.adopt_orphans()
        with contextlib.suppress(PermissionError):  # it leads one already
            os.setsid()
        kernel.die_with_parent(signal.SIGTERM)
        if os.getppid() != supervisor:
            os.kill(child, signal.SIGKILL)
        _let_go_of_files(held)
        status = _ended(child)
        _end_orphans()
        scratch.sweep()
        _end_like(status)
    finally:
        os._exit(1)


def _let_go_of_files(held: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) != held:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _ended(child: int) -> int:
    """The wait status of the universe. Nothing is handled: signals wait, blocked, until they are asked for."""
    while True:
        if signal.sigwait({signal.SIGCHLD, signal.SIGTERM}) == signal.SIGTERM:
            os.kill(child, signal.SIGKILL)
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == child:
                return status
            if not ended:
                break


def _end_orphans() -> None:
    """Kill until nothing is left: what the killed leave behind falls to us in its turn."""
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, _ = os.waitpid(-1, os.WNOHANG)
            if not ended:
                for orphan in children_of(os.getpid()):
                    os.kill(orphan, signal.SIGKILL)
                time.sleep(0.0005)


def children_of(parent: int) -> list[int]:
    """The processes with this parent, by a look at all of them."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
            if int(file.read().rpartition(")")[2].split()[1]) == parent:
                found.append(int(name))
    return found


def _end_like(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (_CORE_NOT_EVEN_PIPED, _CORE_NOT_EVEN_PIPED))
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def reap(pid: int, patience: float = 5.0) -> int | None:
    """End a universe if it has not ended, and return its wait status when nothing of it is left.

    None if somebody has waited for it already. Without a keeper (`processes=False`) what the universe started ends with
    it only as far as it stayed in the universe's process group.
    """
    status = None
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # not our child: its number may be another's
        _end(pid)
        status = _waited(pid, patience)
    with contextlib.suppress(OSError):
        scratch.sweep()
    return status


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if _is_keeper(pid):
            os.kill(pid, signal.SIGTERM)
        elif os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _waited(pid: int, patience: float) -> int:
    deadline = time.monotonic() + patience
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.0005)


def _is_keeper(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as name:
            return name.read().rstrip("\n") == _KEEPER
    except OSError:
        return False
