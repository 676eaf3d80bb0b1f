"""The private view of folders: what is written goes into a room of the box's own, what was there is seen through.

The room is a tmpfs. Over each private folder lies an overlayfs with its upper layer in the room. Where the kernel
refuses an overlay (a file system it does not know how to cover; a folder with other mounts below it, in a user
namespace; the third overlay on top of another) the folder is *assembled*: a folder in the room that holds copies of the
small files, the large ones read-only, and each folder below it covered in its turn. What cannot be assembled either
is left as it is, read-only.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence

from unstuck.experiment.box import kernel, scratch

SHARED_MEMORY = "/dev/shm"

_MANY = 300  # entries below a private folder that are worth assembling, or searching for strangers
_SMALL = 1 << 20  # bytes of a file that is worth copying


class Room:
    """Where a box keeps what is written in it. Made before the file system is read-only, opened after."""

    def __init__(self, private: Sequence[str], *, size: int, covered: Mapping[str, bool]) -> None:
        self._ids = _only_ids()
        folders = {os.path.realpath(folder): True for folder in private} | dict(covered)
        folders.pop(SHARED_MEMORY, None)
        folders.pop("/", None)  # /proc and /dev would be covered with it
        self._sources = {
            folder: (_handle(folder), plain and os.path.isdir(folder))
            for folder, plain in sorted(folders.items())
            if os.path.exists(folder)
        }
        self._size = size
        self._points = frozenset(covered)
        self._refused: set[int] = set()
        self._entries_left = self._bytes_left = 0
        self._count = itertools.count()
        self._door = next(filter(os.path.isdir, (SHARED_MEMORY, *self._sources)), "")
        if self._door:
            self._path = self._built()

    def _built(self) -> str:
        """Mount the room, and name it by a handle that stays valid when something covers it."""
        _mount_memory(self._door, self._size)
        if self._ids and not _keeps_attributes(self._door):  # before Linux 6.6: an overlay could not remove folders
            kernel.bind(scratch.make(), self._door)
        return f"/proc/self/fd/{_handle(self._door)}"

    def open(self) -> None:
        """Cover every private folder, those above others first."""
        if not self._door:
            return
        kernel.set_read_only(self._door, False)
        serves: dict[str, bool] = {}
        for folder, (handle, plain) in self._sources.items():
            source = f"/proc/self/fd/{handle}"
            if not plain:
                kernel.bind(source, folder, recursive=True)
            elif folder in self._points or not serves.get(_nearest(folder, serves) or ""):
                self._entries_left, self._bytes_left, self._refused = _MANY, self._size // 8, set()
                serves[folder] = self._cover(source, folder)
            os.close(handle)
        if os.path.isdir(SHARED_MEMORY):
            _mount_memory(SHARED_MEMORY, self._size)

    def hide(self, sockets: Iterable[str]) -> None:
        """Put an empty file over each of these, so that nobody answers there."""
        if self._door:
            with open(f"{self._path}/nobody", "wb"):
                pass
            for path in sockets:
                with contextlib.suppress(OSError):
                    kernel.bind(f"{self._path}/nobody", path)

    def _cover(self, source: str, target: str) -> bool:
        """Make a private view of a folder, and say whether it serves the private folders below it too.

        An overlay does, so that files can be moved between the two; in a user namespace it may have no power over the
        folders between.
        """
        device = os.stat(source).st_dev
        if device not in self._refused:
            try:
                self._overlay(source, target)
            except OSError:
                if not any(point.startswith(target + "/") for point in self._points):
                    self._refused.add(device)
            else:
                return not self._ids
        if not self._assemble(source, target):
            kernel.bind(source, target, recursive=True)
        return False

    def _overlay(self, source: str, target: str) -> None:
        upper, work = self._shelf(source), self._shelf(source)
        if self._ids and not os.stat(source).st_mode & stat.S_ISVTX:  # in /tmp nobody writes to what is another's
            _adopt(source, upper, self._ids, self._bytes_left)
        handle = _handle(source)  # a path could hold the separators of mount options
        try:
            options = f"lowerdir=/proc/self/fd/{handle},upperdir={upper},workdir={work},"
            options += "userxattr" if self._ids else "redirect_dir=on"
            kernel.mount("overlay", target, "overlay", options=options)
        finally:
            os.close(handle)

    def _assemble(self, source: str, target: str) -> bool:
        entries = _entries(source, self._entries_left + 1)
        if len(entries) > self._entries_left:
            return False
        self._entries_left -= len(entries)
        kernel.bind(self._shelf(source), target)
        entries.sort(key=lambda entry: entry.is_dir(follow_symlinks=False))  # deep folders take what the rest has left
        for entry in entries:
            with contextlib.suppress(OSError):
                self._put(entry, os.path.join(target, entry.name))
        return True

    def _put(self, entry: os.DirEntry[str], target: str) -> None:
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            os.mkdir(target)
            self._cover(entry.path, target)
        elif entry.is_file() and (size := entry.stat().st_size) <= min(_SMALL, self._bytes_left):
            self._bytes_left -= size
            shutil.copy2(entry.path, target)
        elif entry.is_file():
            with open(target, "wb"):
                pass
            kernel.bind(entry.path, target)

    def _shelf(self, like: str) -> str:
        """A new folder in the room, as open to others as another folder is."""
        path = f"{self._path}/{next(self._count)}"
        os.mkdir(path)
        os.chmod(path, stat.S_IMODE(os.stat(like).st_mode))
        return path


def _handle(path: str) -> int:
    return os.open(path, os.O_PATH)


def _nearest(folder: str, folders: Mapping[str, bool]) -> str | None:
    """Which of the folders is the closest above this one."""
    while folder != "/":
        folder = os.path.dirname(folder)
        if folder in folders:
            return folder
    return None


def _mount_memory(folder: str, size: int) -> None:
    kernel.mount("unstuck", folder, "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, f"size={size},mode=1777")


def _keeps_attributes(folder: str) -> bool:
    try:
        os.setxattr(folder, "user.unstuck", b"")
    except OSError:
        return False
    return True


def _only_ids() -> tuple[int, int] | None:
    """The one user and group this process can act for, in a user namespace that does not know all of them."""
    with open("/proc/self/uid_map", encoding="utf-8") as lines:
        everyone = any(int(line.split()[2]) == 2**32 - 1 for line in lines)
    return None if everyone else (os.geteuid(), os.getegid())


def _adopt(source: str, upper: str, ids: tuple[int, int], bytes_left: int) -> None:
    """Put into the upper layer, as ours, what belongs to others but may be written by us.

    An overlay in a user namespace refuses to copy such files and folders up when they are written to ("Value too large
    for defined data type"): all of a project folder whose group is not the user's first one.
    """
    with contextlib.suppress(OSError):  # what is gone or hidden meanwhile is nothing to write to
        for path, found in _strangers(source, ids):
            _same_folders(source, upper, path if stat.S_ISDIR(found.st_mode) else os.path.dirname(path))
            if stat.S_ISREG(found.st_mode) and found.st_size <= min(_SMALL, bytes_left):
                with contextlib.suppress(PermissionError):
                    shutil.copy2(os.path.join(source, path), os.path.join(upper, path))
                bytes_left -= found.st_size


def _strangers(source: str, ids: tuple[int, int]) -> Iterator[tuple[str, os.stat_result]]:
    """Folders and files of others below a folder, as far as they are worth looking for, the uppermost first."""
    folders, left = collections.deque([""]), _MANY
    while folders and left > 0:
        within = folders.popleft()
        for entry in _entries(os.path.join(source, within), left):
            left -= 1
            path, found = os.path.join(within, entry.name), entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                folders.append(path)
            elif not stat.S_ISREG(found.st_mode):
                continue
            if (found.st_uid, found.st_gid) != ids and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                yield path, found


def _entries(folder: str, at_most: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(itertools.islice(entries, at_most))
    except OSError:
        return []


def _same_folders(source: str, upper: str, path: str) -> None:
    """Make `path` in the upper layer, with the permissions it and the folders above it have."""
    made = ""
    for name in filter(None, path.split("/")):
        made = os.path.join(made, name)
        with contextlib.suppress(FileExistsError):
            os.mkdir(os.path.join(upper, made))
            os.chmod(os.path.join(upper, made), stat.S_IMODE(os.stat(os.path.join(source, made)).st_mode))
