"""Nothing that happens in a box is seen outside, at any level; in the strongest, the program does not even notice."""

from __future__ import annotations

import contextlib
import encodings.idna
import functools
import json
import logging
import mmap
import multiprocessing.popen_fork
import multiprocessing.queues
import multiprocessing.synchronize
import multiprocessing.util
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unstuck.experiment import box as boxes
from unstuck.experiment.box import Box, BoxUnavailable, Level, entry, layers
from unstuck.experiment.box import namespace as namespaces

if not sys.platform.startswith("linux"):
    pytest.skip("boxes are for Linux", allow_module_level=True)

SOURCE = Path(boxes.__file__).parents[3]
PLAIN_USER = 12345
BOXED: tuple[Level, ...] = ("namespace", "landlock", "audit")
USERS = ("as we are", "plain user")
FOUND_EARLY = (encodings.idna, multiprocessing.popen_fork, multiprocessing.queues, multiprocessing.synchronize, secrets)
"""The interpreter may lie in a home folder that a plain user cannot read: what is imported late is imported here."""


# -- running things in children ----------------------------------------------------------------------------------------


def told(body: Callable[[], object], start: Callable[[int], int]) -> Any:
    """What `body` returns in a child that `start` forks, as JSON; raises what it raised."""
    reading, writing = os.pipe()
    pid = start(writing)
    if not pid:
        os.close(reading)
        try:
            answer: object = {"returned": body()}
        except BaseException:
            answer = {"raised": traceback.format_exc()}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    text = heard(reading)
    boxes.reap(pid)
    assert text, "the child ended without a word"
    said = json.loads(text)
    assert "returned" in said, said["raised"]
    return said["returned"]


def heard(pipe: int, seconds: float = 60.0) -> str:
    """Everything that is written into a pipe until nobody holds its other end."""
    text, until = b"", time.monotonic() + seconds
    while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
        if not (block := os.read(pipe, 1 << 16)):
            break
        text += block
    os.close(pipe)
    return text.decode()


def in_box(body: Callable[[], object], box: Box, level: Level, keep: tuple[int, ...] = ()) -> Any:
    return told(body, lambda writing: boxes.fork_into(box, level, keep=(writing, *keep)).pid)


def as_user(user: str, body: Callable[[], object]) -> Any:
    """In a child, which belongs to nobody in particular if we are root and a plain user is asked for."""

    def start(writing: int) -> int:
        pid = os.fork()
        if not pid and user != "as we are":
            os.setgroups([])
            os.setgid(PLAIN_USER)
            os.setuid(PLAIN_USER)
            entry._known.clear()
        return pid

    if user != "as we are" and os.getuid() != 0:
        pytest.skip("we are a plain user")
    return told(body, start)


def box_of(*private: Path, network: bool = False, processes: bool = True) -> Box:
    folders = (*map(str, private), "/tmp", "/var/tmp", "/dev/shm")
    return Box(private=folders, network=network, processes=processes, scratch_bytes=256 << 20)


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=BOXED)
def level(request: pytest.FixtureRequest, user: str) -> Level:
    """Each level, skipped where it does not work for this user."""
    wanted: Level = request.param
    if reason := known_to(user)[wanted]:
        pytest.skip(reason)
    return wanted


@functools.cache
def known_to(user: str) -> dict[str, str]:
    return dict(as_user(user, boxes.available))


@pytest.fixture
def namespace(user: str) -> Level:
    if reason := known_to(user)["namespace"]:
        pytest.skip(reason)
    return "namespace"


@pytest.fixture(params=["under /tmp", "elsewhere"])
def work(request: pytest.FixtureRequest, user: str) -> Iterator[Path]:
    """A working folder as a user has it, which belongs to that user."""
    if request.param == "elsewhere" and not os.access("/opt", os.W_OK):
        pytest.skip("nowhere to write outside /tmp")
    folder = Path(tempfile.mkdtemp(prefix="box test, ", dir="/opt" if request.param == "elsewhere" else None))
    for name in ("old", "full", "temporary"):
        (folder / name).mkdir()
        (folder / name / "run.txt").write_text("old")
    (folder / "old.txt").write_text("old")
    (folder / "log.txt").write_text("first\n")
    if user != "as we are":
        for path in (folder, *folder.rglob("*")):
            os.chown(path, PLAIN_USER, PLAIN_USER)
    yield folder
    shutil.rmtree(folder)


def everything_in(*folders: Path) -> dict[str, str]:
    """Names, and of what may be read the contents."""
    readable = os.access
    return {
        str(path): path.read_bytes().hex() if path.is_file() and readable(path, os.R_OK) else ""
        for folder in folders
        for path in folder.rglob("*")
    }


def all_gone(pipe: int, seconds: float = 5.0) -> bool:
    """Whether every process that holds the other end goes away."""
    return bool(select.select([pipe], [], [], seconds)[0]) and not os.read(pipe, 1)


def result_of(deed: Callable[[], object]) -> str:
    try:
        return f"did: {deed()}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


ELSEWHERE = [f"{folder}/unstuck-box-test-{os.getpid()}" for folder in ("/dev/shm", "/tmp", "/var/tmp", "/etc")]


# -- one program that does everything it should not --------------------------------------------------------------------


class Program:
    """Saves, deletes, renames, logs, starts what outlives it, connects, and writes to what was open before the fork."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.log = open(work / "log.txt", "a")  # noqa: SIM115
        self.log.flush()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.setblocking(False)
        self.address = self.listening.getsockname()
        self.local = socket.socket(socket.AF_UNIX)
        self.local.bind(str(work / "socket"))
        self.local.listen()
        self.connected, self.other_end = socket.socketpair()
        self.other_end.setblocking(False)
        self.alive, self.held = os.pipe()
        os.set_inheritable(self.held, True)

    def run(self) -> dict[str, str]:
        os.chdir(self.work)
        deeds = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}
        return {name: result_of(deed) for name, deed in deeds.items()}

    def do_open(self) -> str:
        with open("new.txt", "w") as file:
            file.write("new")
        return Path("new.txt").read_text()

    def do_pathlib(self) -> str:
        Path("deep/er").mkdir(parents=True)
        Path("deep/er/a.txt").write_text("a")
        return Path("deep/er/a.txt").read_text()

    def do_numpy(self) -> float:
        import numpy

        numpy.save("array.npy", numpy.ones(3))
        return float(numpy.load("array.npy").sum())

    def do_torch(self) -> float:
        import torch

        torch.save(torch.ones(3), "model.pt")
        return float(torch.load("model.pt").sum())

    def do_torch_by_absolute_path(self) -> None:
        import torch

        torch.save(torch.ones(3), ELSEWHERE[1])

    def do_delete(self) -> bool:
        os.remove("old.txt")
        return os.path.exists("old.txt")

    def do_rename(self) -> bool:
        os.rename("old/run.txt", "old/moved.txt")
        return os.path.exists("old/moved.txt")

    def do_empty_folder(self) -> list[str]:
        shutil.rmtree("full")
        os.mkdir("full")
        return os.listdir("full")

    def do_temporary(self) -> str:
        with tempfile.NamedTemporaryFile("w+", delete=False) as file:
            file.write("t")
        return Path(file.name).read_text()

    def do_log(self) -> str:
        handler = logging.FileHandler("run.log")
        logging.getLogger("box").addHandler(handler)
        logging.getLogger("box").error("hello")
        return Path("run.log").read_text().strip()

    def do_start(self) -> str:
        subprocess.Popen(["sleep", "600"], start_new_session=True, pass_fds=[self.held])
        return "started"

    def do_fork(self) -> str:
        if not os.fork():
            os.setsid()
            if not os.fork():
                time.sleep(600)
            os._exit(0)
        return "forked"

    def do_shell(self) -> int:
        return os.system("echo x > shell.txt")

    def do_connect(self) -> str:
        socket.create_connection(self.address, timeout=1).close()
        return "connected"

    def do_connect_locally(self) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect("socket")
        return "connected"

    def do_append_to_open_file(self) -> str:
        self.log.write("from inside\n")
        self.log.flush()
        return "appended"

    def do_send_by_open_socket(self) -> str:
        self.connected.send(b"from inside")
        return "sent"

    def do_kill_parent(self) -> str:
        os.kill(os.getppid() or 1 << 22, 0)
        return "reached"

    def do_write_elsewhere(self) -> list[str]:
        return [result_of(lambda path=path: Path(path).write_text("x")) for path in ELSEWHERE]  # type: ignore[misc]

    def do_write_to_null(self) -> str:
        with open("/dev/null", "w") as file:
            file.write("x")
        return "wrote"


UNSEEN = {
    "files": [],
    "elsewhere": [],
    "connected": "BlockingIOError: [Errno 11] Resource temporarily unavailable",
    "received": "BlockingIOError: [Errno 11] Resource temporarily unavailable",
    "all gone": True,
}


def supervise(work: Path, level: Level) -> dict[str, Any]:
    """Run the program in a box and look at what is to be seen from outside."""
    tempfile.tempdir = str(work / "temporary")
    program = Program(work)
    before = everything_in(work)
    inside = in_box(program.run, box_of(work), level, keep=(program.held,))
    os.close(program.held)
    return {
        "inside": inside,
        "files": sorted(set(before.items()) ^ set(everything_in(work).items())),
        "elsewhere": [path for path in ELSEWHERE if os.path.exists(path)],
        "connected": result_of(program.listening.accept),
        "received": result_of(lambda: program.other_end.recv(100)),
        "all gone": all_gone(program.alive),
    }


def test_nothing_is_seen_outside(work: Path, user: str, level: Level) -> None:
    pytest.importorskip("torch")
    seen = as_user(user, lambda: supervise(work, level))
    inside = seen.pop("inside")
    assert seen == UNSEEN
    assert [name for name, expected in EXPECTED[level].items() if not inside[name].startswith(expected)] == [], inside


SAVED = {
    "open": "did: new",
    "pathlib": "did: a",
    "numpy": "did: 3.0",
    "torch": "did: 3.0",
    "temporary": "did: t",
    "log": "did: hello",
    "append_to_open_file": "did: appended",
    "fork": "did: forked",
    "write_to_null": "did: wrote",
    "send_by_open_socket": "OSError",
}
MAY_NOT_WRITE = "OSError: [Errno 30] unstuck: universes may not write"
REFUSED = {
    **SAVED,
    "delete": MAY_NOT_WRITE,
    "rename": MAY_NOT_WRITE,
    "empty_folder": MAY_NOT_WRITE,
    "connect": "OSError: [Errno 101] unstuck: universes have no network",
    "connect_locally": "OSError: [Errno 101] unstuck: universes have no network",
    "kill_parent": "PermissionError: [Errno 1] unstuck: universes may not send signals",
}
MAY_NOT_START = "PermissionError: [Errno 1] unstuck: universes may not start"
EXPECTED: dict[Level, dict[str, str]] = {
    "namespace": {
        **SAVED,
        "delete": "did: False",
        "rename": "did: True",
        "empty_folder": "did: []",
        "start": "did: started",
        "shell": "did: 0",
        "connect": "ConnectionRefusedError",
        "connect_locally": "ConnectionRefusedError",
        "kill_parent": "ProcessLookupError",
        "write_elsewhere": "did: ['did: 1', 'did: 1', 'did: 1', \"OSError: [Errno 30] Read-only",
    },
    "landlock": {**REFUSED, "start": "did: started", "shell": "did: 512"},
    "audit": {**REFUSED, "start": MAY_NOT_START, "shell": MAY_NOT_START},
}


# -- the end of a universe ---------------------------------------------------------------------------------------------


def leave_something(held: int, ready: int) -> None:
    """A daemon that no group or session gives away, and another program that outlives us."""
    if not os.fork():
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(600)
    with contextlib.suppress(PermissionError):  # the audit level starts nothing
        subprocess.Popen(["sleep", "600"], start_new_session=True, pass_fds=[held])
    os.write(ready, b"x")
    time.sleep(600)


def test_nothing_is_left_when_the_supervisor_is_killed(work: Path, user: str, level: Level) -> None:
    tempfiles = work / "temporary"

    def supervise() -> list[object]:
        tempfile.tempdir = str(tempfiles)
        alive, held = os.pipe()
        hearing, ready = os.pipe()
        if not (supervisor := os.fork()):
            if not boxes.fork_into(box_of(work), level, keep=(held, ready)).pid:
                leave_something(held, ready)
            time.sleep(600)
        os.close(held)
        os.read(hearing, 1)
        os.kill(supervisor, signal.SIGKILL)
        os.waitpid(supervisor, 0)
        gone = all_gone(alive)
        time.sleep(0.2)  # the keeper sweeps last
        return [gone, os.listdir(tempfiles)]

    assert as_user(user, supervise) == [True, ["run.txt"]]


def test_reap_ends_a_universe_and_all_it_started(user: str, level: Level) -> None:
    def supervise() -> list[object]:
        alive, held = os.pipe()
        hearing, ready = os.pipe()
        pid, _ = boxes.fork_into(box_of(), level, keep=(held, ready))
        if not pid:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            leave_something(held, ready)
        os.close(held)
        os.read(hearing, 1)
        status = boxes.reap(pid)
        return [status, all_gone(alive, 0.0), boxes.reap(pid), result_of(lambda: os.kill(pid, 0))]

    assert as_user(user, supervise) == [signal.SIGKILL, True, None, "ProcessLookupError: [Errno 3] No such process"]


def test_reap_without_a_keeper(level: Level, user: str) -> None:
    def supervise() -> object:
        pid, _ = boxes.fork_into(box_of(processes=False), level)
        if not pid:
            time.sleep(600)
        return boxes.reap(pid)

    assert as_user(user, supervise) == signal.SIGKILL


def read_from_nowhere() -> None:
    import ctypes

    ctypes.string_at(0)


def abort() -> None:
    os.abort()


@pytest.mark.parametrize(
    ("end", "codes"),
    [
        (lambda: os._exit(3), {3}),
        (read_from_nowhere, {-signal.SIGSEGV}),
        (abort, {-signal.SIGABRT, -signal.SIGSEGV}),
    ],
    ids=["exit", "fault", "abort"],
)
def test_a_universe_ends_as_it_ended(level: Level, user: str, end: Callable[[], None], codes: set[int]) -> None:
    def supervise() -> int:
        pid, _ = boxes.fork_into(box_of(), level)
        if not pid:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            end()
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    assert as_user(user, supervise) in codes


def test_entering_by_itself(level: Level, user: str) -> None:
    """As a process does that was not forked by `fork_into`: it stays outside as the keeper of its own child."""

    def supervise() -> list[object]:
        alive, held = os.pipe()
        hearing, ready = os.pipe()
        if not (pid := os.fork()):
            os.write(ready, b"x" if boxes.enter(box_of(), level, keep=(held, ready)) == level else b"?")
            leave_something(held, ready)
        os.close(held)
        os.close(ready)
        said = os.read(hearing, 1) + os.read(hearing, 1)
        return [said.decode(), boxes.reap(pid), all_gone(alive, 0.0)]

    assert as_user(user, supervise) == ["xx", signal.SIGKILL, True]


def test_reap_leaves_alone_what_is_not_ours() -> None:
    assert boxes.reap(1) is None


# -- boxes in boxes ----------------------------------------------------------------------------------------------------


def write_and_look(work: Path, name: str) -> list[str]:
    os.chdir(work)
    Path(name).write_text(name)
    Path("old.txt").write_text(name)
    Path("old", name).write_text(name)
    return [*sorted(os.listdir(".")), Path("old.txt").read_text()]


@pytest.mark.parametrize("processes", [True, False], ids=["kept", "alone"])
def test_a_box_in_a_box(work: Path, user: str, namespace: Level, processes: bool) -> None:
    """The paused program in one that may use the network, its universes in others that may not."""

    def outer(address: tuple[str, int]) -> dict[str, object]:
        seen: dict[str, object] = {"outer": write_and_look(work, "outer")}
        for name in ("first", "second"):
            seen[name] = in_box(lambda name=name: write_and_look(work, name), box_of(work), namespace)  # type: ignore[misc]
        seen["shared"] = in_box(lambda: os.listdir("/dev/shm"), box_of(work), namespace)
        seen["reached from outer"] = result_of(lambda: socket.create_connection(address, 1).close())
        seen["reached from inner"] = in_box(
            lambda: result_of(lambda: socket.create_connection(address, 1).close()), box_of(work), namespace
        )
        seen["after"] = [*sorted(os.listdir(".")), Path("old.txt").read_text()]
        return seen

    def supervise() -> dict[str, object]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            box = box_of(work, network=True, processes=processes)
            seen = in_box(lambda: outer(address), box, namespace)
            return {**seen, "outside": [*sorted(os.listdir(work)), (work / "old.txt").read_text()]}

    before = ["full", "log.txt", "old", "old.txt", "temporary"]
    assert as_user(user, supervise) == {
        "outer": [*sorted([*before, "outer"]), "outer"],
        "first": [*sorted([*before, "outer", "first"]), "first"],
        "second": [*sorted([*before, "outer", "second"]), "second"],
        "shared": [],
        "reached from outer": "did: None",
        "reached from inner": "ConnectionRefusedError: [Errno 111] Connection refused",
        "after": [*sorted([*before, "outer"]), "outer"],
        "outside": [*before, "old"],
    }


def test_the_third_box_is_assembled(work: Path, user: str, namespace: Level) -> None:
    """The kernel stacks two overlays, as it does where the system's own root is one."""

    def nested(depth: int) -> list[str]:
        seen = write_and_look(work, str(depth)) if depth else []
        return seen if depth == 4 else in_box(lambda: nested(depth + 1), box_of(work), namespace)

    assert as_user(user, lambda: nested(0)) == [
        "1",
        "2",
        "3",
        "4",
        "full",
        "log.txt",
        "old",
        "old.txt",
        "temporary",
        "4",
    ]
    assert sorted(os.listdir(work)) == ["full", "log.txt", "old", "old.txt", "temporary"]


# -- folders that are not simple ---------------------------------------------------------------------------------------


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can prepare this")


@as_root
def test_mounts_below_a_private_folder_stay_visible(work: Path, user: str, namespace: Level) -> None:
    """As of a data set mounted into a container's working folder; a user namespace refuses an overlay above it."""
    (work / "data").mkdir()
    (work / "old" / "data").mkdir()
    (work / "large").write_bytes(b"0" * (2 << 20))

    def mounted() -> Any:
        from unstuck.experiment.box import kernel

        kernel.unshare(kernel.NEW_MOUNTS)
        kernel.part_from_other_mounts()
        for folder in ("data", "old/data"):
            kernel.mount("none", str(work / folder), "tmpfs")
            (work / folder / "x").write_text("x")
            os.chmod(work / folder, 0o777)
        return as_user(user, supervise)

    def supervise() -> dict[str, object]:
        inside = in_box(look, box_of(work), namespace)
        return {**inside, "outside": [sorted(os.listdir(work)), os.listdir(work / "data")]}

    def look() -> dict[str, object]:
        os.chdir(work)
        for name in ("new", "data/new", "old/data/new", "old/new"):
            Path(name).write_text("new")
        os.remove("log.txt")
        return {
            "data": [sorted(os.listdir(folder)) for folder in ("data", "old/data", "old")],
            "large": os.path.getsize("large"),
            "top": sorted(os.listdir()),
        }

    assert told(mounted, lambda writing: os.fork()) == {
        "data": [["new", "x"], ["new", "x"], ["data", "new", "run.txt"]],
        "large": 2 << 20,
        "top": ["data", "full", "large", "new", "old", "old.txt", "temporary"],
        "outside": [["data", "full", "large", "log.txt", "old", "old.txt", "temporary"], ["x"]],
    }


@as_root
def test_a_file_mounted_into_a_private_folder_stays_visible(work: Path, user: str, namespace: Level) -> None:
    def mounted() -> Any:
        from unstuck.experiment.box import kernel

        kernel.unshare(kernel.NEW_MOUNTS)
        kernel.part_from_other_mounts()
        kernel.bind(str(work / "log.txt"), str(work / "old.txt"))
        return as_user(user, lambda: in_box((work / "old.txt").read_text, box_of(work), namespace))

    assert told(mounted, lambda writing: os.fork()) == "first\n"


def test_moving_from_one_private_folder_into_one_inside_it(work: Path, user: str, namespace: Level) -> None:
    def move() -> list[str]:
        (work / "new.txt").write_text("new")
        os.rename(work / "new.txt", work / "old" / "new.txt")
        return sorted(os.listdir(work / "old"))

    if user != "as we are" or os.geteuid() != 0:
        pytest.skip("a user namespace may have no power over the folders between")
    box = box_of(work, work / "old")
    assert as_user(user, lambda: in_box(move, box, namespace)) == ["new.txt", "run.txt"]


@as_root
def test_what_belongs_to_a_group_can_be_written(work: Path, namespace: Level, user: str) -> None:
    """A user namespace knows the user's first group only."""
    group = 4242
    for path in (work / "old", work / "old" / "run.txt", work / "old.txt"):
        os.chown(path, 0, group)
        os.chmod(path, 0o775 if path.is_dir() else 0o664)

    def look() -> list[str]:
        os.chdir(work)
        for name in ("old.txt", "old/run.txt", "old/new.txt"):
            with open(name, "a") as file:
                file.write("+")
        return [Path("old.txt").read_text(), Path("old/run.txt").read_text(), *sorted(os.listdir("old"))]

    def in_group() -> Any:
        os.setgroups([group])
        if user != "as we are":
            os.setgid(PLAIN_USER)
            os.setuid(PLAIN_USER)
        return in_box(look, box_of(work), namespace)

    assert told(in_group, lambda writing: os.fork()) == ["old+", "old+", "new.txt", "run.txt"]


def test_without_attributes_in_memory(work: Path, user: str, namespace: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Linux 6.6 an overlay in memory could not remove folders: the upper layers are on disk then."""
    monkeypatch.setattr(layers, "_keeps_attributes", lambda folder: False)
    pytest.importorskip("torch")
    seen = as_user(user, lambda: supervise(work, namespace))
    inside = seen.pop("inside")
    assert seen == UNSEEN
    assert inside["empty_folder"] == "did: []"


# -- sent to the scratch folder ----------------------------------------------------------------------------------------


@pytest.fixture
def redirected(user: str, level: Level) -> Level:
    if level == "namespace":
        pytest.skip("there, nothing is redirected")
    return level


def test_the_usual_ways_of_writing_are_redirected(work: Path, user: str, redirected: Level) -> None:
    def write() -> dict[str, object]:
        os.chdir(work)
        os.makedirs("runs/first", exist_ok=True)
        os.makedirs("runs/first", exist_ok=True)
        os.makedirs("old", exist_ok=True)
        with open("log.txt", "a") as log:
            log.write("second\n")
        with open("runs/first/part", "wb") as file:
            file.write(b"x")
        os.replace("runs/first/part", "runs/first/model.bin")
        shutil.copy("old.txt", "runs/copy.txt")
        Path("old/new.txt").write_text("new")
        Path("runs/first/gone").touch()
        Path("runs/first/gone").unlink()
        return {
            "log": Path("log.txt").read_text(),
            "runs": [sorted(os.listdir("runs")), sorted(path.name for path in Path("runs/first").iterdir())],
            "sizes": [os.path.getsize("runs/first/model.bin"), Path("runs/copy.txt").stat().st_size],
            "exist": [os.path.exists("old/new.txt"), Path("old/run.txt").is_file(), os.path.isdir("runs")],
            "refused": [
                result_of(lambda: os.mkdir("old")),
                result_of(lambda: open("nowhere/x", "w")).partition("'")[0],
                result_of(lambda: os.replace("old.txt", "new.txt")),
                result_of(lambda: os.truncate("old.txt", 0)),
            ],
        }

    def supervise() -> list[object]:
        before = everything_in(work)
        return [in_box(write, box_of(work), redirected), everything_in(work) == before]

    inside, unchanged = as_user(user, supervise)
    assert unchanged
    assert inside == {
        "log": "first\nsecond\n",
        "runs": [["copy.txt", "first"], ["model.bin"]],
        "sizes": [1, 3],
        "exist": [True, True, True],
        "refused": [
            f"FileExistsError: [Errno 17] File exists: '{work}/old'",
            "FileNotFoundError: [Errno 2] No such file or directory: ",
            "OSError: [Errno 30] unstuck: universes may not write outside their scratch folder: 'old.txt'",
            "OSError: [Errno 30] unstuck: universes may not write outside their scratch folder: 'old.txt'",
        ],
    }


def test_a_redirected_box_in_another(work: Path, user: str, redirected: Level) -> None:
    def outer() -> list[object]:
        Path(work, "outer").write_text("outer")
        Path(work, "log.txt").write_text("changed\n")
        inside = in_box(inner, box_of(work), redirected)
        return [inside, Path(work, "log.txt").read_text(), os.path.exists(work / "inner")]

    def inner() -> list[object]:
        Path(work, "inner").write_text("inner")
        with open(work / "log.txt", "a") as log:
            log.write("again\n")
        return [Path(work, name).read_text() for name in ("outer", "inner", "log.txt")]

    seen = as_user(user, lambda: in_box(outer, box_of(work), redirected))
    assert seen == [["outer", "inner", "changed\nagain\n"], "changed\n", False]
    assert (work / "log.txt").read_text() == "first\n"


def test_a_function_imported_by_name_is_redirected(work: Path, user: str, redirected: Level) -> None:
    numpy = pytest.importorskip("numpy")
    module = types.ModuleType("a_module_of_the_program")
    module.save = numpy.save  # type: ignore[attr-defined]

    def supervise() -> Any:
        sys.modules[module.__name__] = module
        return in_box(lambda: result_of(lambda: module.save(work / "x.npy", [1])), box_of(work), redirected)

    assert as_user(user, supervise) == "did: None"
    assert not (work / "x.npy").exists()


def test_no_more_than_allowed_is_written(work: Path, user: str, level: Level) -> None:
    def fill() -> str:
        with open(work / "large", "wb") as file:
            return result_of(lambda: [file.write(b"0" * (1 << 20)) for _ in range(20)])

    box = Box(private=(str(work),), network=False, processes=True, scratch_bytes=8 << 20)
    assert as_user(user, lambda: in_box(fill, box, level)).startswith(
        ("OSError: [Errno 28] No space", "OSError: [Errno 27] File too large")
    )


# -- what a fork shares ------------------------------------------------------------------------------------------------


def test_a_file_open_for_reading_and_writing_becomes_a_copy(work: Path, user: str, level: Level) -> None:
    def supervise() -> list[object]:
        with open(work / "old.txt", "r+") as file:
            assert file.read(1) == "o"
            return [in_box(lambda: change(file), box_of(work), level), (work / "old.txt").read_text(), file.read()]

    def change(file: Any) -> list[str]:
        file.seek(1)
        file.write("x")
        file.flush()
        file.seek(0)
        return [file.read()]

    assert as_user(user, supervise) == [["oxd"], "old", "ld"]


def test_shared_memory_is_listed_and_becomes_private(work: Path, user: str, level: Level) -> None:
    def supervise() -> list[object]:
        anonymous = mmap.mmap(-1, 4096)
        with open(work / "old.txt", "r+b") as file:
            mapped = mmap.mmap(file.fileno(), 3)
        kinds = {mapping.path: mapping.kind for mapping in boxes.shared_mappings()}

        def change() -> list[object]:
            left = [mapping.path for mapping in boxes.shared_mappings()]
            before = [anonymous[:2].decode(), mapped[:3].decode()]
            anonymous[:2], mapped[:3] = b"in", b"new"
            return [left, before, anonymous[:2].decode(), mapped[:3].decode()]

        anonymous[:2] = b"ou"
        inside = in_box(change, box_of(work), level)
        return [
            kinds[str(work / "old.txt")],
            "memory" in kinds.values(),
            inside,
            anonymous[:2].decode(),
            mapped[:3].decode(),
        ]

    assert as_user(user, supervise) == ["file", True, [[], ["ou", "old"], "in", "new"], "ou", "old"]


def test_a_batch_made_by_a_worker_is_not_changed(level: Level, user: str) -> None:
    torch = pytest.importorskip("torch")

    def supervise() -> list[float]:
        batch = torch.ones(4).share_memory_()
        return [in_box(lambda: float(batch.zero_().sum()), box_of(), level), float(batch.sum())]

    assert as_user(user, supervise) == [0.0, 4.0]


def test_what_is_too_large_to_copy_stays_shared() -> None:
    def look() -> list[int]:
        held = mmap.mmap(-1, 1 << 20)
        left = [mapping.bytes for mapping in boxes.make_private(4096)]
        del held
        return left

    assert 1 << 20 in told(look, lambda writing: os.fork())


def test_workers_of_a_loader(level: Level, user: str) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("numpy.random")
    multiprocessing.util.get_temp_dir()  # what is known before the fork must not be used after it

    def load() -> list[float]:
        torch.set_num_threads(1)
        loader = torch.utils.data.DataLoader(torch.arange(8.0), batch_size=4, num_workers=2)
        return [float(batch.sum()) for batch in loader]

    assert as_user(user, lambda: in_box(load, box_of(), level)) == [6.0, 22.0]


def test_a_loopback_of_its_own(namespace: Level, user: str) -> None:
    def talk() -> str:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
            client.send(b"x")
        return "sent"

    assert as_user(user, lambda: in_box(talk, box_of(), namespace)) == "sent"


def test_proc_is_of_use(namespace: Level, user: str) -> None:
    def look() -> list[object]:
        Path("/proc/self/clear_refs").write_text("5")
        switch = result_of(lambda: os.open("/proc/sys/vm/overcommit_ratio", os.O_WRONLY))
        return [
            os.getpid(),
            os.readlink("/proc/self"),
            "did" in switch,
            "VmHWM" in Path("/proc/self/status").read_text(),
        ]

    assert as_user(user, lambda: in_box(look, box_of(), namespace)) == [1, "1", False, True]


def test_threads_started_by_the_fork(namespace: Level, user: str) -> None:
    """torch starts one in a child if it was never asked for its number of threads: a user namespace wants none."""

    def supervise() -> Any:
        first = os.getpid()

        def start() -> None:
            if os.getppid() == first:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()

        os.register_at_fork(after_in_child=start)
        return in_box(lambda: "in", box_of(), namespace)

    assert as_user(user, supervise) == "in"


# -- which levels there are --------------------------------------------------------------------------------------------


def test_every_level_has_a_word() -> None:
    known = boxes.available()
    assert list(known) == list(boxes.LEVELS)
    assert known["none"] == ""


def test_the_strongest_is_taken() -> None:
    known = boxes.available()
    assert told(boxes.in_force, lambda writing: boxes.fork_into(box_of(), keep=(writing,)).pid) == next(
        level for level in boxes.LEVELS if not known[level]
    )


def test_the_next_is_taken_where_this_box_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes.available()

    def refused(box: Box) -> None:
        raise BoxUnavailable("namespace", "not this one")

    monkeypatch.setattr(namespaces, "furnish", refused)
    level = told(boxes.in_force, lambda writing: boxes.fork_into(box_of(), keep=(writing,)).pid)
    assert level == next(level for level, reason in boxes.available().items() if level != "namespace" and not reason)


def test_a_level_that_does_not_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(box: Box) -> None:
        raise BoxUnavailable("namespace", "forbidden here")

    monkeypatch.setattr(namespaces, "detach", forbidden)
    monkeypatch.setattr(entry, "_known", {})
    with pytest.raises(BoxUnavailable, match="forbidden here"):
        boxes.fork_into(box_of(), "namespace")
    assert boxes.available()["namespace"] == "forbidden here"


CALLS = {"x86_64": (165, 272), "aarch64": (40, 97)}  # mount and unshare


@pytest.mark.skipif(os.uname().machine not in CALLS, reason="unknown numbers of system calls")
def test_where_a_container_forbids_namespaces() -> None:
    def forbid() -> dict[Level, str]:
        """As Docker's usual filter does: load the number of the call, fail with EPERM if it is one of two."""
        import ctypes

        from unstuck.experiment.box import kernel

        first, second = CALLS[os.uname().machine]
        steps = ((0x20, 0, 0, 0), (0x15, 1, 0, first), (0x15, 0, 1, second), (6, 0, 0, 0x50001), (6, 0, 0, 0x7FFF0000))
        filter_ = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(filter_)))
        kernel.forbid_new_privileges()
        kernel.checked(kernel.libc().prctl(22, 2, program, 0, 0), "seccomp")
        entry._known.clear()
        return boxes.available()

    known = told(forbid, lambda writing: os.fork())
    assert known == {
        **boxes.available(),
        "namespace": "unshare: Operation not permitted (a seccomp filter is on, as in most containers)",
    }


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_have_none(system: str) -> None:
    hidden = {"darwin": [], "win32": ["fcntl", "resource"]}[system]
    code = (
        "import shutil, sys, tempfile\n"
        f"sys.platform = {system!r}; sys.modules.update(dict.fromkeys({hidden!r}))\n"
        "from unstuck.experiment import box\n"
        "print([level for level, reason in box.available().items() if not reason])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True
    )
    assert (done.stdout.strip(), done.stderr) == (b"['none']", b"")


def test_what_it_costs(level: Level, user: str, record_property: Callable[[str, object], None]) -> None:
    """Reported, not asserted: machines differ."""

    def supervise() -> list[float]:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            pid, _ = boxes.fork_into(box_of(), level)
            if not pid:
                os._exit(0)
            times.append(1e3 * (time.perf_counter() - started))
            boxes.reap(pid)
        return times

    least = min(as_user(user, supervise))
    record_property("milliseconds", least)
    print(f"{level} {user}: {least:.1f} ms from the fork to the universe in its box")
