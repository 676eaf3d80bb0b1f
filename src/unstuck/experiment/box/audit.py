"""The weakest box: Python's own audit hook, which refuses what Python code is about to do.

It does not see what C++ does on its own (`torch.save`; see redirect.py) nor what other programs do, so it lets none be
started. On the Landlock level it stands before the kernel to say in words what is refused and why.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from dataclasses import dataclass
from typing import Any

_MAY_NOT_WRITE = "unstuck: universes may not write outside their scratch folder"
_MAY_NOT_START = "unstuck: universes may not start other programs"
_MAY_NOT_CONNECT = "unstuck: universes have no network"
_MAY_NOT_SIGNAL = "unstuck: universes may not send signals to others"

_OPENED_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_CHANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, -1),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.utime": ((0, 3),),
    "os.setxattr": ((0, -1),),
    "os.removexattr": ((0, -1),),
}
"""Events that change a file, with the arguments that name it: (path, folder it is relative to or -1)."""

_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"})
_CONNECTS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
_REACHING = (socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_UNIX", None))
_SIGNALS = frozenset({"os.kill", "os.killpg"})


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What the hook lets through."""

    scratch: str
    network: bool
    kernel_helps: bool
    """Other programs are held by the kernel too, so they may be started, and a database may be opened."""


_guard: Guard | None = None
_watching = False


def stand(guard: Guard) -> None:
    """Refuse from here on, in this process and its forks, what the guard does not let through. Never ends."""
    global _guard, _watching
    _guard = guard
    if not _watching:
        sys.addaudithook(_hook)
        _watching = True


def _hook(event: str, args: tuple[Any, ...]) -> None:
    guard = _guard
    if guard is None:
        return
    if event == "open":
        if args[2] & _OPENED_TO_WRITE:
            _refuse_writing(args[0], guard)
    elif event in _CHANGES:
        for path, folder in _CHANGES[event]:
            _refuse_writing(args[path], guard, args[folder] if folder >= 0 else -1)
    elif event in _CONNECTS:
        _refuse_connecting(args[0], args[1], guard)
    elif event in _SIGNALS:
        _refuse_signalling(event, args[0])
    elif not guard.kernel_helps:
        if event in _STARTS:
            raise PermissionError(errno.EPERM, _MAY_NOT_START, str(args[0]))
        if event == "sqlite3.connect" and args[0] not in (":memory:", ""):
            _refuse_writing(args[0], guard)


def _refuse_writing(path: Any, guard: Guard, folder: Any = -1) -> None:
    if isinstance(path, int):
        return  # open already
    full = _full(os.fsdecode(path), folder)
    if not (full.startswith((guard.scratch + "/", "/proc/self/")) or full == guard.scratch or _is_device(full)):
        raise OSError(errno.EROFS, _MAY_NOT_WRITE, os.fsdecode(path))


def _full(path: str, folder: Any) -> str:
    """The absolute path without links, but for the last part: a link itself may be removed."""
    if isinstance(folder, int) and folder >= 0:
        path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    if path.startswith("/proc/self/"):
        return path
    above, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(above), name)


def _is_device(path: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(path).st_mode)
    except OSError:
        return False


def _refuse_connecting(connection: socket.socket, address: Any, guard: Guard) -> None:
    if guard.network or address is None or connection.family not in _REACHING:
        return
    if isinstance(address, (str, bytes)) and os.fsdecode(address).startswith(guard.scratch + "/"):
        return
    raise OSError(errno.ENETUNREACH, _MAY_NOT_CONNECT)


def _refuse_signalling(event: str, target: int) -> None:
    """Its own children may be ended: that is how DataLoader workers are."""
    mine = os.getpgrp() if event == "os.killpg" else os.getpid()
    if target != mine and not (event == "os.kill" and target > 0 and _parent_of(target) == os.getpid()):
        raise PermissionError(errno.EPERM, _MAY_NOT_SIGNAL)


def _parent_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0
