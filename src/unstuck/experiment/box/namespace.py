"""The strongest box: the kernel gives a universe file systems, a network and process numbers of its own.

Two steps, because the keeper (see keeper.py) stays between them: `detach` leaves the host's namespaces, `furnish` then
arranges what is seen in the new ones. A process that may mount (root, or one inside a box already) takes no user
namespace: one that maps a single user has no power over the files of others, so that root could not even write in a
private folder that belongs to somebody else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import struct
import sys
from collections.abc import Iterator

from unstuck.experiment.box import kernel
from unstuck.experiment.box.layers import Room
from unstuck.experiment.box.spec import Box, BoxUnavailable

if sys.platform != "win32":
    import fcntl

_MAY_ADMINISTER = 21
_SET_FLAGS, _UP = 0x8914, 0x41
_DANGEROUS = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi")
_NOT_FILES = frozenset({"proc", "sysfs", "devpts", "devtmpfs", "cgroup", "cgroup2", "mqueue", "autofs", "nsfs"})


def detach(box: Box) -> None:
    """Leave the host's namespaces, but for its mounts: the next child forked is the first process of the new ones."""
    flags = kernel.NEW_IPC
    flags |= 0 if box.network else kernel.NEW_NETWORK
    flags |= kernel.NEW_PIDS if box.processes else 0
    try:
        if may_mount():
            kernel.unshare(flags)
        else:
            kernel.own_proc_files()
            user, group = os.geteuid(), os.getegid()
            kernel.unshare(flags | kernel.NEW_USER)
            _map_ids(user, group)
    except OSError as error:
        raise BoxUnavailable("namespace", f"{_words(error)}{_why_not()}") from error


def may_mount() -> bool:
    """Whether this process needs no user namespace to leave others. One that does must have a single thread."""
    return bool(int(_field("/proc/self/status", "CapEff:") or "0", 16) >> _MAY_ADMINISTER & 1)


def leave_numbering() -> int | None:
    """Let the next child be the first process of a numbering of its own, and say how to `return_to` ours after that.

    None if we could not return: then it takes a process between us and the child to do this.
    """
    if not may_mount():
        return None
    ours = os.open("/proc/thread-self/ns/pid", os.O_RDONLY)
    try:
        kernel.enter_namespace(ours, kernel.NEW_PIDS)
        kernel.unshare(kernel.NEW_PIDS)
    except OSError:
        os.close(ours)
        return None
    return ours


def return_to(ours: int) -> None:
    """Number the children to come as before."""
    kernel.enter_namespace(ours, kernel.NEW_PIDS)
    os.close(ours)


def _map_ids(user: int, group: int) -> None:
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(content)


def furnish(box: Box) -> None:
    """Make the file system read-only but for private copies of the box's folders, and start the loopback."""
    here = _working_folder()
    sockets = [] if box.network else _sockets()
    try:
        kernel.unshare(kernel.NEW_MOUNTS)
        kernel.part_from_other_mounts()
        room = Room(box.private, size=box.scratch_bytes, covered=_covered(box.private))
        kernel.set_read_only("/", True, recursive=True)
        _keep_proc_usable()
        room.open()
        room.hide(sockets)
        if not box.network:
            _start_loopback()
    except OSError as error:
        raise BoxUnavailable("namespace", f"{_words(error)}{_why_not()}") from error
    if here:
        os.chdir(here)


def _working_folder() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def _covered(private: tuple[str, ...]) -> dict[str, bool]:
    """The mount points inside private folders, which an overlay would hide: each with whether it can have its own."""
    roots = tuple(os.path.join(os.path.realpath(folder), "") for folder in private if os.path.realpath(folder) != "/")
    return {
        point: kind not in _NOT_FILES and not kind.startswith("fuse")
        for point, kind in _mounts()
        if point.startswith(roots)
    }


def _mounts() -> Iterator[tuple[str, str]]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            fields = line.split(" ")
            point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), fields[4])
            yield point, fields[fields.index("-") + 1]


def _sockets() -> list[str]:
    """The sockets that databases, Docker or D-Bus listen on by a path: no network namespace keeps us from those."""
    paths = {"/run/docker.sock", "/run/containerd/containerd.sock"}
    with contextlib.suppress(OSError), open("/proc/net/unix", encoding="utf-8", errors="surrogateescape") as lines:
        paths.update(path for line in lines if (path := line.rstrip("\n").partition(" /")[2]))
    return sorted(path for path in ("/" + path.lstrip("/") for path in paths) if os.access(path, os.W_OK))


def _keep_proc_usable() -> None:
    """Writable, since /proc/self is asked for by writing too, but for what would change the host's kernel."""
    if os.getpid() == 1:  # with a numbering of our own
        with contextlib.suppress(OSError):  # refused where parts of /proc are masked: the host's then stays in place
            kernel.mount("proc", "/proc", "proc")
    for name in _DANGEROUS:
        path = f"/proc/{name}"
        with contextlib.suppress(OSError):
            kernel.bind(path, path)
            kernel.set_read_only(path, True)
    with contextlib.suppress(OSError):
        kernel.set_read_only("/proc", False)


def _start_loopback() -> None:
    """A new network has even its loopback down, which torch.distributed and every local server need."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))


def _words(error: OSError) -> str:
    if error.errno == errno.ENOSYS:
        return f"{error.strerror} (Linux 5.12 or newer is needed)"
    return error.strerror or str(error)


def _why_not() -> str:
    """The usual switches that forbid namespaces, as far as they are set here."""
    reasons = [
        f"{name} is {value}"
        for name, value, forbids in (
            (
                "kernel.apparmor_restrict_unprivileged_userns",
                _first("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
                "1",
            ),
            ("kernel.unprivileged_userns_clone", _first("/proc/sys/kernel/unprivileged_userns_clone"), "0"),
            ("user.max_user_namespaces", _first("/proc/sys/user/max_user_namespaces"), "0"),
        )
        if value == forbids
    ]
    if _field("/proc/self/status", "Seccomp:") == "2":
        reasons.append("a seccomp filter is on, as in most containers")
    return f" ({'; '.join(reasons)})" if reasons else ""


def _first(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _field(path: str, name: str) -> str:
    try:
        with open(path, encoding="utf-8") as lines:
            return next((line.partition(name)[2].strip() for line in lines if line.startswith(name)), "")
    except OSError:
        return ""
