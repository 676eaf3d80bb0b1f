"""What a fork keeps open: files, pipes, sockets and helpers of its parent, which no mount closes."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Collection

if sys.platform != "win32":
    import fcntl

COPY_AT_MOST = 64 << 20


def close_leaks(keep: Collection[int] = (), copy_at_most: int = COPY_AT_MOST) -> list[str]:
    """Part this process from everything it could write to, and return the names of what was taken from it.

    Above standard error and except `keep`: sockets, pipes, terminals and files opened for writing only become
    /dev/null, so that what is written vanishes and the shared position of a file no longer moves. A file opened for
    reading too (a database, a data set opened with "a") becomes a copy in memory, or a read-only view if it is large.
    """
    taken = []
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in _open_handles():
        if handle > 2 and handle not in keep and handle != nothing:
            with contextlib.suppress(OSError):
                name = os.readlink(f"/proc/self/fd/{handle}")
                if _closed(handle, nothing, copy_at_most):
                    taken.append(name)
    os.close(nothing)
    _forget_helpers()
    return taken


def _open_handles() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return []


def _closed(handle: int, nothing: int, copy_at_most: int) -> bool:
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        access = fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE
        if access == os.O_RDONLY:
            return False
        if access == os.O_RDWR:
            _make_private(handle, copy_at_most)
            return True
    elif not (stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode) or (stat.S_ISCHR(mode) and os.isatty(handle))):
        return False
    os.dup2(nothing, handle, os.get_inheritable(handle))
    return True


def _make_private(handle: int, copy_at_most: int) -> None:
    """The same content, position and number, seen by this process only."""
    size, position = os.fstat(handle).st_size, os.lseek(handle, 0, os.SEEK_CUR)
    if size <= copy_at_most:
        other = os.memfd_create("unstuck")
        with open(f"/proc/self/fd/{handle}", "rb") as content:  # a handle of its own: the position is not touched
            while block := content.read(1 << 20):
                os.write(other, block)
        fcntl.fcntl(other, fcntl.F_SETFL, fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_APPEND)
    else:
        other = os.open(f"/proc/self/fd/{handle}", os.O_RDONLY)
    os.lseek(other, position, os.SEEK_SET)
    os.dup2(other, handle, os.get_inheritable(handle))
    os.close(other)


def _forget_helpers() -> None:
    """What multiprocessing has started for the parent is not ours: we get our own when we need it.

    Its fork server would start our workers outside the box, its folder for sockets may be out of reach. Its resource
    tracker is dealt with: that pipe leads to /dev/null now, so it hears of no name of ours and warns of none.
    """
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    for name in ("_forkserver_address", "_forkserver_alive_fd", "_forkserver_pid", "_forkserver_authkey"):
        if hasattr(server, name):
            setattr(server, name, None)
    if process := sys.modules.get("multiprocessing.process"):
        getattr(process.current_process(), "_config", {}).pop("tempdir", None)
