"""Folders on disk that vanish with the universe that wrote into them.

Nobody may be left to remove one when a universe is killed with its supervisor, so none is ever registered anywhere: a
universe holds a lock on its folder, the kernel lets go of the lock when the last process of it is gone, and whoever
sweeps next removes the folders that nobody holds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl

_NAME = "unstuck-scratch-"


def make() -> str:
    """A new folder under the system's temporary one, held by this process and its children."""
    folder = tempfile.mkdtemp(prefix=".unstuck-")  # under this name no sweep sees it while it is not locked yet
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)  # shared, since NFS locks nothing else through a handle for reading
    held = os.path.join(os.path.dirname(folder), _NAME + os.path.basename(folder)[len(".unstuck-") :])
    os.rename(folder, held)
    return os.path.realpath(held)


def sweep() -> None:
    """Remove the scratch folders whose universes are gone."""
    for folder in _ours():
        if _abandoned(folder):
            _remove(folder)


def _ours() -> Iterator[str]:
    with os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_NAME):
                with contextlib.suppress(FileNotFoundError):  # somebody else sweeps, too
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                        yield entry.path


def _abandoned(folder: str) -> bool:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _remove(folder: str) -> None:
    for above, inner, _ in os.walk(folder):  # overlayfs leaves work folders that their owner may not open
        for name in inner:
            path = os.path.join(above, name)
            with contextlib.suppress(FileNotFoundError):
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
