"""Memory that a fork shares with its parent: no mount and no closed file keeps a universe from writing into it.

Batches made by DataLoader workers, `share_memory_()`, `np.memmap(mode="r+")`, `torch.from_file(shared=True)` and the
semaphores of multiprocessing and tqdm are such memory. A child that writes there writes into the paused program and
into every sibling.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from dataclasses import dataclass
from typing import Literal

from unstuck.experiment.box import kernel

Kind = Literal["memory", "semaphore", "file", "device"]

_FIXED = 0x10
_GONE = " (deleted)"


@dataclass(frozen=True, kw_only=True)
class SharedMapping:
    """One writable region that other processes see."""

    kind: Kind
    path: str
    start: int
    bytes: int
    offset: int
    inode: int


def shared_mappings() -> list[SharedMapping]:
    """The writable shared regions of this process, from /proc/self/maps; none where there is no such file."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as lines:
            found = [line.rstrip("\n").split(maxsplit=5) for line in lines if line.split(maxsplit=2)[1][1:4:2] == "ws"]
    except OSError:
        return []
    return [_parsed(fields) for fields in found]


def _parsed(fields: list[str]) -> SharedMapping:
    start, end = (int(address, 16) for address in fields[0].split("-"))
    path = fields[5] if len(fields) > 5 else ""
    return SharedMapping(
        kind=_kind(path, int(fields[4])),
        path=path,
        start=start,
        bytes=end - start,
        offset=int(fields[2], 16),
        inode=int(fields[4]),
    )


def _kind(path: str, inode: int) -> Kind:
    if path.startswith("/dev/shm/sem."):
        return "semaphore"
    if path.startswith(("/dev/shm/", "/dev/zero", "/memfd:", "/SYSV")):
        return "memory"
    if path.startswith("/dev/") or not path.startswith("/") or not inode:
        return "device"
    return "memory" if path.endswith(_GONE) else "file"


def make_private(limit: int) -> list[SharedMapping]:
    """Replace every shared region by a private one at the same address, and return those that had to stay shared.

    A file that is still where it was is mapped again copy-on-write, whatever its size; the rest is copied, up to
    `limit` bytes in all. Devices are left alone: their memory is not ours to copy. For a process with one thread.
    """
    left = []
    for mapping in shared_mappings():
        if mapping.kind == "device" or not (_mapped_again(mapping) or _copied(mapping, limit)):
            left.append(mapping)
        elif mapping.kind != "file":
            limit -= mapping.bytes
    return left


def _mapped_again(mapping: SharedMapping) -> bool:
    if mapping.kind != "file":
        return False
    try:
        handle = os.open(mapping.path, os.O_RDONLY)
    except OSError:
        return False
    try:
        if os.fstat(handle).st_ino != mapping.inode:
            return False
        _map(mapping, mmap.MAP_PRIVATE, handle, mapping.offset)
    finally:
        os.close(handle)
    return True


def _copied(mapping: SharedMapping, limit: int) -> bool:
    if mapping.bytes > limit:
        return False
    try:
        with open("/proc/self/mem", "rb", buffering=0) as memory:  # a hole in the file is an error here, not a SIGBUS
            content = os.pread(memory.fileno(), mapping.bytes, mapping.start)
    except OSError:
        return False
    if len(content) != mapping.bytes:
        return False
    _map(mapping, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    ctypes.memmove(mapping.start, content, mapping.bytes)
    return True


def _map(mapping: SharedMapping, flags: int, handle: int, offset: int) -> None:
    call = kernel.libc().mmap
    call.restype = ctypes.c_void_p
    call.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(3 * (ctypes.c_int,)), ctypes.c_long)
    reading_and_writing = mmap.PROT_READ | mmap.PROT_WRITE
    if call(mapping.start, mapping.bytes, reading_and_writing, flags | _FIXED, handle, offset) != mapping.start:
        raise OSError(ctypes.get_errno(), f"mmap {mapping.path}: {os.strerror(ctypes.get_errno())}")
