"""The few system calls a box is made of, by way of the C library. Each raises an OSError that names the call."""

from __future__ import annotations

import ctypes
import functools
import os
import struct

NEW_MOUNTS = 0x0002_0000
NEW_IPC = 0x0800_0000
NEW_USER = 0x1000_0000
NEW_PIDS = 0x2000_0000
NEW_NETWORK = 0x4000_0000

NO_SUID, NO_DEVICES = 2, 4
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_READ_ONLY = 1
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000

_DEATH_SIGNAL, _DUMPABLE, _NAME, _SUBREAPER, _NO_NEW_PRIVILEGES = 1, 4, 15, 36, 38

MOUNT_SETATTR = 442  # from number 424 on, system calls have the same number on every architecture


@functools.cache
def libc() -> ctypes.CDLL:
    """The C library this interpreter runs on, glibc or musl."""
    return ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """The result of a call, or its errno as an OSError."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by the flags for new ones. A new user namespace asks for a single thread."""
    checked(libc().unshare(flags), "unshare")


def enter_namespace(handle: int, kind: int) -> None:
    """Go to a namespace by a handle on it; of processes, only the children to come go."""
    checked(libc().setns(handle, kind), "setns")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system of this kind, nothing more."""
    words = (os.fsencode(source), os.fsencode(target), os.fsencode(kind))
    checked(libc().mount(*words, ctypes.c_ulong(flags), os.fsencode(options)), f"mount {kind} on {target}")


def bind(source: str, target: str, *, recursive: bool = False) -> None:
    """Show at `target` what is at `source`, as writable or not as it is there."""
    mount(source, target, "none", _BIND | (_RECURSIVE if recursive else 0))


def part_from_other_mounts() -> None:
    """From here on no mount made by us reaches another namespace, nor theirs us."""
    mount("none", "/", "none", _RECURSIVE | _PRIVATE)


def set_read_only(path: str, on: bool, *, recursive: bool = False) -> None:
    """Make a mount, or every mount below it, refuse or allow writing. Devices stay writable: they are no files."""
    attributes = struct.pack("=QQQQ", _READ_ONLY if on else 0, 0 if on else _READ_ONLY, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    call = libc().syscall(MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), flags, attributes, len(attributes))
    checked(call, f"mount_setattr {path}")


def _prctl(operation: int, value: int | bytes, what: str) -> None:
    argument = value if isinstance(value, bytes) else ctypes.c_ulong(value)
    zero = ctypes.c_ulong(0)
    checked(libc().prctl(operation, argument, zero, zero, zero), what)


def die_with_parent(signal_number: int) -> None:
    """Be sent this signal when the thread that forked us ends. A change of credentials forgets it: ask again."""
    _prctl(_DEATH_SIGNAL, signal_number, "PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl(_SUBREAPER, 1, "PR_SET_CHILD_SUBREAPER")


def forbid_new_privileges() -> None:
    """From here on sudo and its kin do nothing; Landlock asks for it."""
    _prctl(_NO_NEW_PRIVILEGES, 1, "PR_SET_NO_NEW_PRIVS")


def own_proc_files() -> None:
    """Own /proc/self again, which the kernel gives to root after a change of user."""
    _prctl(_DUMPABLE, 1, "PR_SET_DUMPABLE")


def set_name(name: str) -> None:
    """The name that `ps` and /proc/PID/comm show, up to 15 letters."""
    _prctl(_NAME, os.fsencode(name), "PR_SET_NAME")
