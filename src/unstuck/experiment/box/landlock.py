"""The second-best box: Landlock, which any process may impose on itself, also in most containers.

The kernel refuses to change files outside a scratch folder, and TCP, signals and abstract sockets that lead out of the
box where its version of Landlock knows them. Nothing can be redirected: what is refused fails.
"""

from __future__ import annotations

import contextlib
import os
import struct

from unstuck.experiment.box import kernel
from unstuck.experiment.box.spec import Box, BoxUnavailable

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION, _BENEATH = 1, 1

_WRITE, _REMOVE_FILE, _MAKE_FILE, _TRUNCATE = 1 << 1, 1 << 5, 1 << 8, 1 << 14
_CHANGES = _WRITE | sum(1 << bit for bit in range(4, 13))  # writing, and removing and making anything
_SINCE = ((2, 1 << 13), (3, _TRUNCATE))  # moving between folders, truncating: by the version that knows them
_TCP = 0b11
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2


def version() -> int:
    """Which Landlock this kernel has; BoxUnavailable if none."""
    try:
        return kernel.checked(kernel.libc().syscall(_CREATE, None, 0, _ASK_VERSION), "landlock_create_ruleset")
    except OSError as error:
        raise BoxUnavailable("landlock", error.strerror or str(error)) from error


def restrict(box: Box, scratch: str) -> None:
    """Refuse this thread and all it starts from here on what the box does not grant."""
    known = version()
    changes = _CHANGES | sum(right for since, right in _SINCE if known >= since)
    tcp = 0 if box.network or known < 4 else _TCP
    scope = 0 if known < 6 else _SIGNALS | (0 if box.network else _ABSTRACT_SOCKETS)
    fields = struct.pack("=QQQ", changes, tcp, scope)[: 8 if known < 4 else 16 if known < 6 else 24]
    try:
        rules = kernel.checked(kernel.libc().syscall(_CREATE, fields, len(fields), 0), "landlock_create_ruleset")
        for path, rights in _granted(scratch):
            _grant(rules, path, rights & changes)
        kernel.forbid_new_privileges()
        kernel.checked(kernel.libc().syscall(_RESTRICT, rules, 0), "landlock_restrict_self")
        os.close(rules)
    except OSError as error:
        raise BoxUnavailable("landlock", error.strerror or str(error)) from error


def _granted(scratch: str) -> list[tuple[str, int]]:
    """/dev/shm is the host's here, but without it there are no semaphores and no DataLoader workers."""
    devices = [(f"/dev/{name}", _WRITE) for name in ("null", "zero", "full", "tty", "pts", "ptmx")]
    shared_memory = ("/dev/shm", _WRITE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE)
    return [(scratch, ~0), shared_memory, (f"/proc/{os.getpid()}", _WRITE), *devices]


def _grant(rules: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        handle = os.open(path, os.O_PATH)
        if not os.path.isdir(path):
            rights &= _WRITE | _TRUNCATE
        rule = struct.pack("=Qi", rights, handle)
        kernel.checked(kernel.libc().syscall(_ADD, rules, _BENEATH, rule, 0), f"landlock_add_rule {path}")
        os.close(handle)
