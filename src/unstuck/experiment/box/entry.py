"""Going into a box, and finding out which boxes there are."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

from unstuck.experiment.box import audit, keeper, kernel, landlock, leaks, mappings, namespace, redirect, scratch
from unstuck.experiment.box.spec import LEVELS, Box, BoxUnavailable, Level

if sys.platform != "win32":
    import resource

_LINUX = sys.platform.startswith("linux")

_IN = "in"  # what a universe says when it is there

_in_force: Level = "none"
_scratch: str | None = None
_known: dict[Level, str] = {}


class Forked(NamedTuple):
    """As from os.fork, and the level that is in force in the child."""

    pid: int
    level: Level


def enter(box: Box, level: Level | None = None, *, keep: Collection[int] = ()) -> Level:
    """Put this process, a fresh fork with one thread, into the box, and say which level is in force.

    Takes the strongest level that works here, or the one asked for, else BoxUnavailable. Whatever the level, the
    process also lets go of everything it shared with its parent but for standard streams and `keep`. With
    `box.processes` the process that called stays outside as the keeper, and the call returns in a child of it.
    """
    global _in_force
    chosen = level or _working()[0]
    _ENTER[chosen](box, keep)
    _in_force = chosen
    return chosen


def in_force() -> Level:
    """The level this process is held by."""
    return _in_force


def scratch_folder() -> str | None:
    """Where a universe may write on the levels "landlock" and "audit"."""
    return _scratch


def redirect_saves() -> list[str]:
    """Send what open, torch.save, np.save and their kin write to the scratch folder, on the levels that have one.

    Going in does it for what is loaded by then; to be called again when more of them has been imported.
    """
    return redirect.redirect(_scratch) if _scratch else []


def _working() -> list[Level]:
    known = available()
    return [level for level in LEVELS if not known[level]]


def _enter_namespace(box: Box, keep: Collection[int]) -> None:
    if keeper.threads() > 1 and not namespace.may_mount():
        keeper.stay_behind()  # a user namespace takes a single thread, which a fork of this fork will have
    namespace.detach(box)
    _part_from_parent(box, keep)
    namespace.furnish(box)


def _enter_landlock(box: Box, keep: Collection[int]) -> None:
    landlock.version()
    _part_from_parent(box, keep)
    folder = _live_in_scratch(box)
    landlock.restrict(box, folder)
    audit.stand(audit.Guard(scratch=folder, network=box.network, kernel_helps=True))


def _enter_audit(box: Box, keep: Collection[int]) -> None:
    _part_from_parent(box, keep)
    audit.stand(audit.Guard(scratch=_live_in_scratch(box), network=box.network, kernel_helps=False))


def _enter_nothing(box: Box, keep: Collection[int]) -> None:
    if _LINUX:
        _part_from_parent(box, keep)


_ENTER: dict[Level, Callable[[Box, Collection[int]], None]] = {
    "namespace": _enter_namespace,
    "landlock": _enter_landlock,
    "audit": _enter_audit,
    "none": _enter_nothing,
}


def _part_from_parent(box: Box, keep: Collection[int]) -> None:
    """Die with it, and share neither files nor memory with it."""
    if box.processes:
        keeper.stay_behind()
    else:
        keeper.end_with_parent(os.getppid())
    kernel.forbid_new_privileges()
    kernel.own_proc_files()
    leaks.close_leaks(keep)
    mappings.make_private(box.scratch_bytes)


def _live_in_scratch(box: Box) -> str:
    """A scratch folder, with everything that asks for temporary files sent there, and what is saved."""
    global _scratch
    _scratch = scratch.make()
    tempfile.tempdir = os.environ["TMPDIR"] = _scratch
    redirect_saves()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (box.scratch_bytes, most))
    return _scratch


def fork_into(box: Box, level: Level | None = None, *, keep: Collection[int] = ()) -> Forked:
    """Fork a universe: returns pid 0 in it, in the box, and its pid here, once it is there. End it with `reap`.

    Takes the strongest level that works for this box, or the one asked for, else BoxUnavailable. To be called by the
    main thread, which the universe dies with.
    """
    refusals = []
    for candidate in [level] if level else _working():
        pid, refusal = _fork_once(box, candidate, keep)
        if not refusal:
            return Forked(pid, candidate)
        refusals.append(BoxUnavailable(candidate, refusal))
    raise refusals[0]


def _fork_once(box: Box, level: Level, keep: Collection[int]) -> tuple[int, str]:
    heard, told = os.pipe()
    pid, first = _forked(box, level)
    if not pid:
        os.close(heard)
        _arrive(box, level, keep, told, first=first)
        return 0, ""
    os.close(told)
    with os.fdopen(heard, encoding="utf-8") as report:
        answer = report.read()
    if answer == _IN:
        return pid, ""
    keeper.reap(pid)
    return 0, answer or "the universe ended on the way in"


def _forked(box: Box, level: Level) -> tuple[int, bool]:
    """Fork, and say whether the child is the first process of its own numbering already: it needs no keeper then."""
    ours = namespace.leave_numbering() if box.processes and level == "namespace" else None
    try:
        pid = keeper.quiet_fork()
    except OSError:
        if ours is not None:
            namespace.return_to(ours)
        raise
    if ours is not None and pid:
        namespace.return_to(ours)
    elif ours is not None:
        os.close(ours)
    return pid, ours is not None


def _arrive(box: Box, level: Level, keep: Collection[int], told: int, *, first: bool) -> None:
    try:
        if first:
            keeper.begin()
        enter(replace(box, processes=box.processes and not first), level, keep=(*keep, told))
        os.write(told, _IN.encode())
        os.close(told)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(told, (error.reason if isinstance(error, BoxUnavailable) else repr(error)).encode())
        os._exit(1)


def available() -> dict[Level, str]:
    """Which levels work here: nothing, or the reason why not. Each has been tried, once, in a child."""
    if not _known:
        for level in LEVELS:
            _known[level] = _tried(level) if _LINUX else ("" if level == "none" else "not on this system")
    return dict(_known)


def _tried(level: Level) -> str:
    """Whether a child in that box could write into a folder that is not its own, or why it is no box at all."""
    folder = tempfile.mkdtemp(prefix="unstuck-try-")
    try:
        pid, _ = fork_into(Box(private=(), network=False, processes=True, scratch_bytes=1 << 20), level)
        if not pid:
            _write_and_end(folder)
        os.waitpid(pid, 0)
        return "it does not keep files from being written" if os.listdir(folder) and level != "none" else ""
    except BoxUnavailable as refusal:
        return refusal.reason
    except OSError as error:
        return str(error)
    finally:
        scratch.sweep()
        shutil.rmtree(folder, ignore_errors=True)


def _write_and_end(folder: str) -> None:
    try:
        with open(os.path.join(folder, "written"), "wb"):
            pass
    finally:
        os._exit(0)
